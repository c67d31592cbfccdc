import {
  Code,
  type Context,
  connect,
  createServer,
  inProcess,
  key,
  Metadata,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { pause } from '../suites/gate.ts';
import { echo, type Probe, ProbeService } from '../suites/probe-service.ts';

function failing() {
  const server = createServer({ logger: silentLogger }).add(ProbeService, {
    unary: () => {
      throw new StatusError(Code.ABORTED, 'no');
    },
  });
  return connect(inProcess(server)).client(ProbeService);
}

const request: Probe = { text: 'a', n: 1 };

describe('a unary call', () => {
  test('that fails and is not awaited is no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const client = failing();

    const call = client.unary(request);
    const cancelled = client.unary(request);
    cancelled.cancel();
    const { code } = await call.status;
    await cancelled.status;
    await pause(5);
    process.off('unhandledRejection', note);

    expect(code).toBe(Code.ABORTED);
    expect(unhandled).toEqual([]);
  });

  test('is a promise: then, catch, finally and Promise.all take it, any number of times', async () => {
    await using server = createServer({ logger: silentLogger }).add(ProbeService, echo);
    const client = connect(inProcess(server)).client(ProbeService);
    let finals = 0;

    const call = client.unary(request);
    const [first, second] = await Promise.all([call, call.finally(() => (finals += 1))]);
    const caught = await failing()
      .unary(request)
      .catch((error: StatusError) => error.code);

    expect(first).toEqual(request);
    expect(second).toBe(first);
    expect(finals).toBe(1);
    expect(caught).toBe(Code.ABORTED);
    expect(String(call)).toBe('[object UnaryCall]');
  });

  test('rejects with an error whose stack leads to nothing secret', async () => {
    const error = await failing()
      .unary(request)
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(StatusError);
    expect(error).toBeInstanceOf(Error);
    expect((error as StatusError).path).toBe('/suite.Probe/Unary');
  });
});

describe('a stream', () => {
  test('that fails and is not read is no unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    const server = createServer({ logger: silentLogger }).add(ProbeService, {
      // biome-ignore lint/correctness/useYield: it fails before its first message
      *serverStream() {
        throw new Error('broken');
      },
    });

    const call = connect(inProcess(server)).client(ProbeService).serverStream(request);
    const { code } = await call.status;
    await pause(5);
    process.off('unhandledRejection', note);

    expect(code).toBe(Code.UNKNOWN);
    expect(unhandled).toEqual([]);
  });

  test('that is read after its end is over, after its error too', async () => {
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      async *serverStream() {
        yield request;
        throw new StatusError(Code.ABORTED, 'x');
      },
    });
    const call = connect(inProcess(server)).client(ProbeService).serverStream(request);

    expect(await call.next()).toMatchObject({ done: false });
    await expect(call.next()).rejects.toMatchObject({ code: Code.ABORTED });
    expect(await call.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a channel', () => {
  test('calls paths without descriptors, in bytes', async () => {
    await using server = createServer({ logger: silentLogger }).add(ProbeService, echo);
    await using channel = connect(inProcess(server));
    const bytes = new TextEncoder().encode(JSON.stringify(request));

    const reply = await channel.call('/suite.Probe/Unary', bytes);
    const replies: string[] = [];
    for await (const each of channel.stream('/suite.Probe/Bidi', [bytes, bytes]))
      replies.push(new TextDecoder().decode(each));

    expect(JSON.parse(new TextDecoder().decode(reply))).toEqual(request);
    expect(replies).toHaveLength(2);
    for (const path of ['', 'x', '/x', '//', '/a/b/c', 'a/b'])
      expect(() => channel.call(path, bytes)).toThrow(/wanted a path such as/);
  });

  test('typed values set by an interceptor are seen further in, and by handlers on servers', async () => {
    const user = key<string>('user');
    const colour = key('colour', 'blue');
    let seen: unknown[] = [];
    await using server = createServer({
      logger: silentLogger,
      interceptors: [
        (call, next) => next(call.with(user, 'ada')),
        (call, next) => next(call.with(user, `${call.get(user)}!`)),
      ],
    }).add(ProbeService, {
      unary: (message, context) => {
        seen = [context.get(user), context.get(colour), context.get(key('user'))];
        return message;
      },
    });
    await using channel = connect(inProcess(server));

    await channel.client(ProbeService).unary(request);

    expect(seen).toEqual(['ada!', 'blue', undefined]);
  });

  test('a parent made elsewhere bounds, cancels and forwards', async () => {
    const controller = new AbortController();
    let seen: Context | undefined;
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      unary: (_message, context) => {
        seen = context;
        return new Promise<never>(() => {});
      },
    });
    await using channel = connect(inProcess(server), { forward: ['x-tenant'] });
    const deadline = Date.now() + 5_000;
    const parent: Context = {
      method: ProbeService.methods.unary,
      side: 'server',
      peer: { address: 'node' },
      deadline,
      signal: controller.signal,
      metadata: new Metadata({ 'x-tenant': 'a' }),
      get: ({ initial }) => initial,
    };

    const call = channel.client(ProbeService).unary(request, { parent });
    await expect.poll(() => seen).toBeDefined();
    controller.abort();
    const { code } = await call.status;

    expect(code).toBe(Code.CANCELLED);
    expect(seen!.deadline).toBe(deadline);
    expect(seen!.metadata.get('x-tenant')).toBe('a');
  });

  test('what was forwarded by a peer and cannot travel on harms no call', async () => {
    await using server = createServer({ logger: silentLogger }).add(ProbeService, echo);
    await using channel = connect(inProcess(server), { forward: ['x-tenant'] });
    const parent = {
      metadata: Metadata.received(new Map([['x-tenant', ['\u0007']]])),
      deadline: Number.POSITIVE_INFINITY,
      signal: new AbortController().signal,
    } as unknown as Context;

    expect(await channel.client(ProbeService).unary(request, { parent })).toEqual(request);
  });

  test('a client’s own timeout replaces the channel’s', async () => {
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      unary: () => new Promise<never>(() => {}),
    });
    await using channel = connect(inProcess(server));

    const { code } = await channel.client(ProbeService, { timeoutMs: 20 }).unary(request).status;

    expect(code).toBe(Code.DEADLINE_EXCEEDED);
  });
});
