import { Code, connect, createServer, type Handlers, type Interceptor, StatusError, silentLogger } from 'flowrpc';
import { type DedupeOptions, dedupe, retry } from 'flowrpc/interceptors';
import { expect, onTestFinished } from 'vitest';
import { cutProxy } from '../graph/cut-proxy.ts';
import { gate } from '../suites/gate.ts';
import { type Probe, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';

export type Unary = NonNullable<Handlers<ProbeMethods>['unary']>;

interface Sending {
  readonly n?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Serving {
  readonly options?: DedupeOptions;
  readonly outside?: readonly Interceptor[];
  readonly inside?: readonly Interceptor[];
}

/** A server with `dedupe()` behind a proxy that loses connections. */
export async function serving(handler: Unary, { options, outside = [], inside = [] }: Serving = {}) {
  let arrived = 0;
  const counting: Interceptor = (call, next) => {
    arrived += 1;
    return next(call);
  };
  const interceptors = [counting, ...outside, dedupe(options), ...inside];
  let begun = 0;
  let over = 0;
  const unary: Unary = (request, context) => {
    begun += 1;
    context.signal.addEventListener('abort', () => (over += 1), { once: true });
    return handler(request, context);
  };
  const server = createServer({ interceptors, logger: silentLogger }).add(ProbeService, { unary });
  const proxy = await cutProxy((await server.listen('127.0.0.1:0')).address);
  const again = retry({ nonIdempotent: true, attempts: 5, baseDelayMs: 1, budget: false, throttle: false });
  const reconnect = { initialBackoffMs: 5, maxBackoffMs: 20 };
  const plain = connect(proxy.address, { reconnect });
  const retrying = connect(proxy.address, { reconnect, interceptors: [again] });
  onTestFinished(async () => {
    await Promise.all([plain.close(), retrying.close()]);
    await server.close({ graceMs: 0 });
  });
  /** Calls the handler under a key. */
  const send = async (id: string, { n = 1, timeoutMs = 10_000, signal }: Sending = {}) => {
    const call = plain
      .client(ProbeService)
      .unary({ text: 'a', n }, { metadata: { 'idempotency-key': id }, timeoutMs, ...(signal && { signal }) });
    const { code, message, trailer } = await call.status;
    const header = await call.header;
    const replayed = header.get('idempotency-replayed') === 'true';
    const reply: Probe | undefined = code === Code.OK ? await call : undefined;
    return { code, message, header, trailer, replayed, text: reply?.text, n: reply?.n };
  };
  await plain.ready();
  return {
    cut: proxy.cut,
    /** Waits until so many calls in all have reached the server. */
    arrivals: (calls: number) => expect.poll(() => arrived, patient).toBe(calls),
    retrying: retrying.client(ProbeService),
    send,
    /** Calls that are given up as soon as their handlers are at work. */
    async giveUp(...ids: readonly string[]) {
      const before = { begun, over };
      const { signal, abort } = stopper();
      const ends = ids.map((id) => send(id, { signal }));
      await expect.poll(() => begun - before.begun, patient).toBe(ids.length);
      abort();
      for (const { code } of await Promise.all(ends)) expect(code).toBe(Code.CANCELLED);
      await expect.poll(() => over - before.over, patient).toBe(ids.length);
    },
  };
}

export const patient = { timeout: 5_000 };

export function stopper() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

/** A handler that goes on until it is let go, whatever becomes of its call, and then pays. */
export function paying() {
  const hold = gate();
  const state = { begun: 0, paid: 0, open: hold.open };
  const pay: Unary = async ({ text }) => {
    state.begun += 1;
    await hold.promise;
    return { text, n: ++state.paid };
  };
  return { state, pay };
}

export const answered = (n: number) => ({ code: Code.OK, n, replayed: true });

/** Handlers of several attempts, each of which ends when it is told how. */
export function attempts() {
  const begun: { open(n: number): void; fail(): void }[] = [];
  const handler: Unary = async ({ text }) => {
    const n = await new Promise<number>((resolve, reject) => {
      begun.push({ open: resolve, fail: () => reject(new StatusError(Code.ABORTED, 'failed')) });
    });
    return { text, n };
  };
  return { begun, handler };
}
