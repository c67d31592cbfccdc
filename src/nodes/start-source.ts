import { setMaxListeners } from 'node:events';
import { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import { detached } from '../core/current.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status-error.ts';
import type { Activation } from './activation.ts';
import type { EmitOptions, NodeInfo } from './node-context.ts';
import type { NodeSlot } from './node-slot.ts';
import { orCancelled } from './or-cancelled.ts';
import { sendError, sendOut } from './outlet.ts';
import { OwnProcesses } from './own-processes.ts';
import { asError, type Reply } from './reply.ts';

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
  const free = (): void => {
    emitted -= 1;
    if (emitted < host.limits.window) wake();
  };
  const run = (payload: unknown, options: EmitOptions): Reply | Promise<Reply> => {
    const { signal: own } = options;
    const signal = own === undefined ? cutting.signal : AbortSignal.any([cutting.signal, own]);
    return detached(() => processes.run(payload, options, signal));
  };
  const emit = (payload: unknown, options: EmitOptions = {}): Promise<Reply> => {
    if (stopping.signal.aborted)
      return Promise.reject(new StatusError(Code.UNAVAILABLE, `Node "${info.service}" is closed`));
    if (emitted >= maxEmitted) return Promise.reject(tooMany(info));
    emitted += 1;
    const done = options.uncounted === undefined ? free : once(free);
    options.uncounted?.(done);
    let reply: Reply | Promise<Reply>;
    try {
      reply = run(payload, options);
    } catch (thrown) {
      done();
      return Promise.reject(thrown);
    }
    if (isPromise(reply)) return reply.finally(done);
    done();
    return Promise.resolve(reply);
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

function sendFirst(activation: Activation, payload: unknown): Reply | Promise<Reply> {
  const handled = (reply: Reply): Reply | Promise<Reply> =>
    reply instanceof Error ? sendError(activation, reply) : reply;
  let out: Reply | Promise<Reply>;
  try {
    out = sendOut(activation, payload);
  } catch (thrown) {
    // A payload that is no value.
    return handled(asError(thrown));
  }
  return isPromise(out) ? orCancelled(activation.call, out).then(handled) : handled(out);
}

function once(free: () => void): () => void {
  let freed = false;
  return () => {
    if (!freed) free();
    freed = true;
  };
}

function tooMany({ service }: NodeInfo): StatusError {
  return new StatusError(Code.RESOURCE_EXHAUSTED, `Node "${service}" waits for ${maxEmitted} replies already`);
}
