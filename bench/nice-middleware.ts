import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';
import { retryMiddleware } from 'nice-grpc-client-middleware-retry';
import type { CallContext, CallOptions, ClientMiddleware, ServerMiddleware } from 'nice-grpc-common';
import { Metadata } from 'nice-grpc-common';
import { openTelemetryClientMiddleware, openTelemetryServerMiddleware } from 'nice-grpc-opentelemetry';
import { prometheusClientMiddleware, prometheusServerMiddleware } from 'nice-grpc-prometheus';

const method = { path: '/bench.Probe/Unary', requestStream: false, responseStream: false, options: {} };
const reply = { text: 'x', n: 1 };

/** What every README of its shows: does nothing, or logs to nowhere. */
const passClient: ClientMiddleware = async function* pass(call, options) {
  return yield* call.next(call.request, options);
};
const passServer: ServerMiddleware = async function* pass(call, context) {
  return yield* call.next(call.request, context);
};

export type NiceName = 'pass' | 'deadline' | 'retry' | 'metrics' | 'tracing';

const client: Record<NiceName, () => ClientMiddleware> = {
  pass: () => passClient,
  deadline: () => deadlineMiddleware as ClientMiddleware,
  retry: () => retryMiddleware as ClientMiddleware,
  metrics: () => prometheusClientMiddleware() as ClientMiddleware,
  tracing: () => openTelemetryClientMiddleware() as ClientMiddleware,
};
const server: Partial<Record<NiceName, () => ServerMiddleware>> = {
  pass: () => passServer,
  metrics: () => prometheusServerMiddleware() as ServerMiddleware,
  tracing: () => openTelemetryServerMiddleware() as ServerMiddleware,
};

/** Runs a unary call through a middleware of nice-grpc's, over a `next` that answers at once, as its own runtime drives it. */
export function niceCall(side: 'client' | 'server', name: NiceName | undefined): (() => Promise<unknown>) | undefined {
  const { signal } = new AbortController();
  if (side === 'client') {
    const middleware = name === undefined ? undefined : client[name]();
    const options: CallOptions & Record<string, unknown> = { signal, deadline: 30_000, retry: true };
    return () => drive(middleware, { ...options, metadata: Metadata() });
  }
  const make = name === undefined ? undefined : server[name];
  if (name !== undefined && make === undefined) return undefined;
  const middleware = make?.();
  return () =>
    drive(middleware, {
      metadata: Metadata(),
      peer: '127.0.0.1:1',
      header: Metadata(),
      trailer: Metadata(),
      signal,
      sendHeader() {},
    } satisfies CallContext);
}

type Middleware = (call: never, options: never) => AsyncGenerator<unknown, unknown, undefined>;

// biome-ignore lint/correctness/useYield: the end of a chain returns its one response, as nice-grpc's own does.
async function* next(): AsyncGenerator<never, unknown, undefined> {
  return reply;
}

async function drive(middleware: ClientMiddleware | ServerMiddleware | undefined, options: object): Promise<unknown> {
  const call = { method, requestStream: false, request: reply, responseStream: false, next };
  const steps =
    middleware === undefined ? next() : (middleware as unknown as Middleware)(call as never, options as never);
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value;
  }
}
