import { createCall } from '../core/call.ts';
import { Cancellation, CancelReason } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import { detached, runIn } from '../core/current.ts';
import { Metadata } from '../core/metadata.ts';
import { rawMethod } from '../core/method.ts';
import { isPromise } from '../core/requests.ts';
import { ok, StatusError, statusOf } from '../core/status.ts';
import { Activation } from './activation.ts';
import { leave } from './enter.ts';
import type { Node } from './node.ts';
import type { EmitOptions } from './node-context.ts';
import { orCancelled } from './or-cancelled.ts';
import { sendError, sendOut } from './outlet.ts';
import { Packet } from './packet.ts';
import { Process } from './process.ts';
import type { Reply } from './reply.ts';
import { Run } from './run.ts';

const maxEmitted = 1_000;
const defaultTimeoutMs = 30_000;

/** Lets a node that is a source begin, outside of any call. Gives back what stops it and waits until it has ended. */
export function startSource(node: Node): (() => Promise<void>) | undefined {
  const { instance, info, host, log } = node;
  if (instance.start === undefined) return undefined;
  const stopping = new AbortController();
  let emitted = 0;
  const emit = async (payload: unknown, options: EmitOptions = {}): Promise<Reply> => {
    if (stopping.signal.aborted) throw new StatusError(Code.UNAVAILABLE, `Node "${info.service}" is closed`);
    if (emitted >= maxEmitted)
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `Node "${info.service}" waits for ${maxEmitted} replies already`);
    emitted += 1;
    try {
      return await detached(() => runProcess(node, payload, options, stopping.signal));
    } finally {
      emitted -= 1;
    }
  };
  const context = { node: info, env: host.env, log, signal: stopping.signal, emit };
  const running = detached(async () => {
    try {
      await instance.start!(context);
    } catch (thrown) {
      if (!stopping.signal.aborted) log.error('source failed', { error: thrown });
    }
  });
  return () => {
    stopping.abort(new CancelReason('shutdown'));
    return running;
  };
}

async function runProcess(
  node: Node,
  payload: unknown,
  { timeoutMs = defaultTimeoutMs, signal }: EmitOptions,
  stopping: AbortSignal,
): Promise<Reply> {
  const signals = signal === undefined ? stopping : AbortSignal.any([stopping, signal]);
  const call = createCall({
    method: rawMethod(`/${node.info.service}/Out`, { kind: 'unary', known: true }),
    side: 'server',
    peer: { address: 'in-process', security: 'local' },
    metadata: () => new Metadata(),
    cancellation: new Cancellation({ deadline: Date.now() + timeoutMs, signal: signals }),
    request: payload,
    sink: { header() {}, message() {} },
  });
  const process = new Process(call);
  node.host.running.begin();
  const run = new Run(node.host.limits);
  const activation = new Activation({
    node,
    port: '',
    packet: new Packet(payload),
    process,
    call,
    run,
    from: undefined,
  });
  const reply = await runIn(call, () => sendFirst(activation, payload));
  const result = await leave(process, reply, node);
  node.host.running.end();
  call.end(result instanceof Error ? statusOf(result) : ok());
  return result;
}

async function sendFirst(activation: Activation, payload: unknown): Promise<Reply> {
  const out = sendOut(activation, payload);
  const reply = isPromise(out) ? await orCancelled(activation.call, out) : out;
  return reply instanceof Error ? sendError(activation, reply) : reply;
}
