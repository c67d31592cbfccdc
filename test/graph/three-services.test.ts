import {
  Code,
  connect,
  createServer,
  current,
  type Interceptor,
  type Logger,
  Metadata,
  type Server,
  type ServerOptions,
  StatusError,
  silentLogger,
  traceOf,
  type UnaryCall,
} from 'flowrpc';
import { auth, logging } from 'flowrpc/interceptors';
import { type NodeKind, nodeOfError } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph } from './run-graph.ts';

type NodeClient = Record<'in', (payload: unknown, options?: object) => UnaryCall<unknown>>;

const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);

interface Chain {
  readonly servers: readonly Server[];
  /** Calls the first node as any gRPC client would. */
  readonly call: NodeClient['in'];
}

/** Nodes `a`, `b` and `c`, each served on a socket of its own, a → b → c; `policies` are of the edges. */
async function chain(
  kinds: readonly [NodeKind, NodeKind, NodeKind],
  { server: options = {}, policy = {} }: { server?: ServerOptions; policy?: object } = {},
): Promise<Chain> {
  const servers: Server[] = [];
  let next: { target: string; name: string } | undefined;
  for (const [index, name] of ['c', 'b', 'a'].entries()) {
    const kind = kinds[2 - index]!;
    const server = createServer({ logger: silentLogger, ...options }).add(reflection());
    const ports = next === undefined ? {} : { out: [{ ...next, port: 'in', ...policy }] };
    await runGraph([{ kind: kind.kind, name, ports }], [kind], { server });
    onTestFinished(async () => void (await server.close({ graceMs: 50 })));
    next = { target: (await server.listen('127.0.0.1:0')).address, name: `default.${name}` };
    servers.unshift(server);
  }
  const channel = connect(next!.target);
  onTestFinished(() => channel.close());
  const client = channel.client(servers[0]!.services.get('default.a')!) as unknown as NodeClient;
  return { servers, call: (payload, rest) => client.in(payload, rest) };
}

test('over three services the caller gets the reply of the last node, not what is on the way #24', async () => {
  const double = mapping('double', (n: number) => n * 2);
  const { call } = await chain([double, double, double]);

  expect(await call(1)).toBe(8);
});

test('over three services an error of the last node reaches the caller with message, code and node #25', async () => {
  const fail = mapping('fail', () => {
    throw new StatusError(Code.OUT_OF_RANGE, 'no such floor');
  });
  const { call } = await chain([relay, relay, fail]);

  const error: unknown = await call(1).catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ code: Code.OUT_OF_RANGE, statusMessage: 'no such floor' });
  expect(nodeOfError(error as StatusError)).toBe('default.c');
});

test('an Error as payload arrives at another service as an Error, not as text #18', async () => {
  const look = mapping('look', (payload: unknown) => [payload instanceof Error, (payload as Error).message]);
  const pass = handWritten('pass', async (_packet, { send }) => (await send('out', new Error('broken'))).reply);
  const { call } = await chain([pass, relay, look]);

  expect(await call(null)).toEqual([true, 'broken']);
});

test('over three services a cancel at the entry reaches every node #46', async () => {
  const started = deferred();
  const cancelled: string[] = [];
  const all = deferred();
  const wait = handWritten('wait', async (packet, { send, signal, node }) => {
    signal.addEventListener('abort', () => {
      cancelled.push(node.name!);
      if (cancelled.length === 3) all.resolve();
    });
    if (node.name === 'c') {
      started.resolve();
      await new Promise(() => {});
    }
    return (await send('out', packet)).reply;
  });
  const { call } = await chain([wait, wait, wait]);

  const reply = call(null, { timeoutMs: 20_000 });
  await started.promise;
  reply.cancel();

  await expect(reply).rejects.toMatchObject({ code: Code.CANCELLED });
  await all.promise;
  expect(cancelled.sort()).toEqual(['a', 'b', 'c']);
});

test('over three services a deadline that the hops use up ends all of them with DEADLINE_EXCEEDED #47 #142', async () => {
  const finished: string[] = [];
  const told = { a: deferred<unknown>(), b: deferred<unknown>(), c: deferred<unknown>() };
  const left: number[] = [];
  // Three hops of two fifths of the deadline each: the third can not be done in time.
  const slow = handWritten('slow', async (packet, { send, signal, deadline, node }) => {
    left.push(deadline - Date.now());
    signal.addEventListener('abort', () => told[node.name as 'a' | 'b' | 'c'].resolve(signal.reason));
    await new Promise((resolve) => setTimeout(resolve, 400));
    if (signal.aborted) throw signal.reason;
    finished.push(node.name!);
    const { reply } = await send('out', packet);
    // What is further down may be over a moment before this node's own clock says so.
    told[node.name as 'a' | 'b' | 'c'].resolve(reply);
    return reply;
  });
  const { call } = await chain([slow, slow, slow]);

  await expect(call(null, { timeoutMs: 1_000 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });

  const reasons = await Promise.all([told.a.promise, told.b.promise, told.c.promise]);
  expect(finished).toEqual(['a', 'b']);
  expect(left.toSorted((a, b) => b - a)).toEqual(left);
  // A peer may learn from its caller's reset before its own clock says so.
  for (const reason of reasons)
    expect([Code.DEADLINE_EXCEEDED, Code.CANCELLED]).toContain((reason as StatusError).code);
});

const traced = mapping('traced', (payload: string[]) => [...payload, traceOf(current()!).traceId]);

/** What a team would write to tell callers the trace of their call. */
const tellTrace: Interceptor = (call, next) => {
  call.sendHeader(new Metadata({ 'x-trace-id': traceOf(call).traceId }));
  return next(call);
};

test('a trace id is taken over, sent on at each hop, readable by nodes and told in a header #146', async () => {
  const { call } = await chain([traced, traced, traced], { server: { interceptors: [tellTrace] } });
  const traceId = 'a'.repeat(32);

  const reply = call([], { metadata: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` } });

  expect(await reply).toEqual([traceId, traceId, traceId]);
  expect((await reply.header).get('x-trace-id')).toBe(traceId);
});

test('a trace id is made where the caller sends none, one for all hops #146', async () => {
  const { servers } = await chain([traced, traced, traced], { server: { interceptors: [tellTrace] } });
  await using plain = connect(servers[0]!.addresses[0]!, { trace: false });
  const service = servers[0]!.services.get('default.a')!;

  const reply = (plain.client(service) as unknown as NodeClient).in([]);

  const ids = (await reply) as string[];
  expect(ids).toHaveLength(3);
  expect(new Set(ids)).toEqual(new Set([(await reply.header).get('x-trace-id')]));
});

test('logging() on the servers covers every node as it is #141', async () => {
  const lines: unknown[] = [];
  const keep = (_message: string, fields?: object): void => void lines.push(fields);
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
  const onlyNodes: Interceptor = (call, next) =>
    call.method.service.startsWith('default.') ? logging({ logger })(call, next) : next(call);
  const { call } = await chain([relay, relay, mapping('echo', (payload) => payload)], {
    server: { interceptors: [onlyNodes] },
  });

  await call(1);

  expect(lines).toEqual(
    ['c', 'b', 'a'].map((name) =>
      expect.objectContaining({ method: `/default.${name}/In`, code: 'OK', ms: expect.any(Number) }),
    ),
  );
});

test('auth() on the servers covers every node as it is, and travels where an edge names it #141', async () => {
  let runs = 0;
  const count = mapping('count', () => ++runs);
  const token = 'Bearer letmein';
  const who: Interceptor = auth(({ metadata, method }) =>
    method.service.startsWith('default.') ? metadata.get('authorization') === token : 'anybody',
  );
  const metadata = { authorization: token };
  const open = await chain([relay, relay, count], {
    server: { interceptors: [who] },
    policy: { forward: ['authorization'] },
  });
  const shut = await chain([relay, relay, count], { server: { interceptors: [who] } });

  await expect(open.call(1)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
  expect(runs).toBe(0);
  expect(await open.call(1, { metadata })).toBe(1);
  await expect(shut.call(1, { metadata })).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
  expect(runs).toBe(1);
});
