import type { Transport } from '../core/context.ts';
import type { Method, Service } from '../core/method.ts';
import type { Handlers } from '../server/handlers.ts';
import { createServer } from '../server/server.ts';
import { inProcess } from '../transport/in-process.ts';
import { methodLocalName } from '../wire/link-services.ts';
import { replyCodec, valueCodec } from '../wire/value.ts';

/** What a stub answers a packet with: the reply, null included, or a promise of it; what it throws is the status of the call. */
export type StubAnswer = (payload: unknown, call: StubCall) => unknown;

export interface StubCall {
  /** From 1, over all calls of this method. */
  readonly number: number;
  /** Aborts when the caller's deadline has passed or the caller went away. */
  readonly signal: AbortSignal;
}

/** A target outside of a graph that is not there. */
export interface StubTarget extends Transport {
  /** Payloads that arrived, by method as it was given: `users.v1.Users/Get`. */
  readonly received: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * Stands for a target of edges, so that a graph is tested without it: `createGraph({ specs, transports: { 'dns:///users:50051':
 * stubTarget({ 'users.v1.Users/Get': () => ({ name: 'Ada' }) }) } })`. Edges to it are calls as any other; they carry values, so leave `proto` out
 * of the edge. A TypeError for a method that is not written as `package.Service/Method`.
 */
export function stubTarget(methods: Readonly<Record<string, StubAnswer>>): StubTarget {
  const received: Record<string, unknown[]> = {};
  const server = createServer();
  for (const [service, answers] of byService(methods)) {
    const handlers = answers.map(({ method, name, answer }) => {
      const payloads: unknown[] = [];
      received[name] = payloads;
      const handle = (payload: unknown, { signal }: { signal: AbortSignal }): unknown =>
        answer(payload, { number: payloads.push(payload), signal });
      return [method.localName, handle] as const;
    });
    const described: Service = {
      name: service,
      methods: Object.fromEntries(answers.map(({ method }) => [method.localName, method])),
      files: [],
    };
    server.add(described, Object.fromEntries(handlers) as Handlers<Service['methods']>);
  }
  const transport = inProcess(server);
  return {
    received,
    invoke: transport.invoke,
    async close() {
      await transport.close();
      await server.close({ graceMs: 0 });
    },
  };
}

/** Never answers: the packet is lost, and its sender hears of it by its deadline. For a stub that answers nothing. */
export function neverAnswers(_payload: unknown, { signal }: StubCall): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

interface Stub {
  readonly name: string;
  readonly method: Method;
  readonly answer: StubAnswer;
}

function byService(methods: Readonly<Record<string, StubAnswer>>): Map<string, Stub[]> {
  const services = new Map<string, Stub[]>();
  for (const [name, answer] of Object.entries(methods)) {
    const [, service, method] = /^([\w.]+)\/([A-Za-z]\w*)$/.exec(name) ?? [];
    if (service === undefined || method === undefined || typeof answer !== 'function')
      throw new TypeError(`Cannot stub ${JSON.stringify(name)}: wanted "package.Service/Method" and a function`);
    const stubs = services.get(service) ?? [];
    services.set(service, stubs);
    stubs.push({ name, answer, method: valueMethod(service, method) });
  }
  return services;
}

function valueMethod(service: string, name: string): Method {
  return {
    name,
    localName: methodLocalName(name),
    service,
    path: `/${service}/${name}`,
    kind: 'unary',
    known: true,
    idempotency: 'unknown',
    request: valueCodec,
    response: replyCodec,
  };
}
