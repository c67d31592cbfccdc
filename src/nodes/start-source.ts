import { setMaxListeners } from 'node:events';
import { CancelReason } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import { detached } from '../core/current.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status.ts';
import type { Activation } from './activation.ts';
import type { EmitOptions } from './node-context.ts';
import type { NodeSlot } from './node-slot.ts';
import { orCancelled } from './or-cancelled.ts';
import { sendError, sendOut } from './outlet.ts';
import { OwnProcesses } from './own-processes.ts';
import type { Reply } from './reply.ts';

const maxEmitted = 1_000;

/** A source at work. */
export interface RunningSource {
  /** Tells it to stop and resolves when it has. Processes that it started go on. */
  stop(): Promise<void>;
  /** Cancels the processes that it started. */
  cut(): void;
}

/** Lets a node that is a source begin, outside of any call. Its packets go to whichever node is in the slot by then. */
export function startSource(slot: NodeSlot): RunningSource | undefined {
  const { instance, info, host, log } = slot.node;
  if (instance.start === undefined) return undefined;
  const processes = new OwnProcesses(slot, 'out', sendFirst);
  const stopping = new AbortController();
  const cutting = new AbortController();
  // Each process listens, and there are as many as the source starts.
  setMaxListeners(0, cutting.signal);
  let emitted = 0;
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  const emit = async (payload: unknown, options: EmitOptions = {}): Promise<Reply> => {
    if (stopping.signal.aborted) throw new StatusError(Code.UNAVAILABLE, `Node "${info.service}" is closed`);
    if (emitted >= maxEmitted)
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `Node "${info.service}" waits for ${maxEmitted} replies already`);
    emitted += 1;
    try {
      const { signal: own } = options;
      const signal = own === undefined ? cutting.signal : AbortSignal.any([cutting.signal, own]);
      return await detached(() => processes.run(payload, { ...options, signal }));
    } finally {
      emitted -= 1;
      if (emitted < host.limits.window) wake();
    }
  };
  const ready = (): Promise<void> => {
    if (emitted < host.limits.window || stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => waiting.push(resolve));
  };
  const context = { node: info, env: host.env, log, signal: stopping.signal, emit, ready };
  const running = detached(async () => {
    try {
      await instance.start!(context);
    } catch (thrown) {
      if (!stopping.signal.aborted) log.error('source failed', { error: thrown });
    }
  });
  return {
    stop() {
      stopping.abort(new CancelReason('shutdown'));
      wake();
      return running;
    },
    cut() {
      cutting.abort(new CancelReason('shutdown'));
    },
  };
}

async function sendFirst(activation: Activation, payload: unknown): Promise<Reply> {
  const out = sendOut(activation, payload);
  const reply = isPromise(out) ? await orCancelled(activation.call, out) : out;
  return reply instanceof Error ? sendError(activation, reply) : reply;
}
