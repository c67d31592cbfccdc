import { connect as connectSocket } from 'node:net';
import {
  Code,
  connect,
  createServer,
  type Interceptor,
  inProcess,
  key,
  type Session,
  type SessionEvent,
  silentLogger,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { aborted, gate } from '../suites/gate.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { ping, serve } from './session-serving.ts';

const types = (events: readonly SessionEvent[]): string[] => events.map(({ type }) => type);

describe('server.sessions', () => {
  test('knows a connection by id, address, times and calls #127', async () => {
    let seen: Session | undefined;
    const before = Date.now();
    await using serving = await serve(
      {},
      {
        unary: (request: object, context: { peer: { session?: Session } }) => {
          seen = context.peer.session;
          expect(seen).toMatchObject({ openCalls: 1, totalCalls: 2 });
          return request;
        },
      },
    );
    const channel = serving.dial();
    const { sessions } = serving.server;

    for await (const _ of channel.client(ProbeService).serverStream({ text: '', n: 2 })) void _;
    await ping(channel);

    expect(sessions).toMatchObject({ active: 1, accepted: 1, rejected: 0, cleaned: 0, failed: 0 });
    expect(sessions.list()).toEqual([seen]);
    expect(sessions.get(seen!.id)).toBe(seen);
    expect(sessions.get('nobody')).toBeUndefined();
    expect(seen!.peer).toMatchObject({ address: expect.stringMatching(/^127\.0\.0\.1:\d+$/), security: 'local' });
    expect(seen!.peer.session).toBe(seen);
    expect(seen!.connectedAt).toBeGreaterThanOrEqual(before);
    expect(seen!.lastActiveAt).toBeGreaterThanOrEqual(seen!.connectedAt);
    await expect.poll(() => seen!.openCalls).toBe(0);
    expect(seen!.totalCalls).toBe(2);
  });

  test('keeps typed attributes as long as the connection lives #127', async () => {
    const visits = key('visits', 0);
    const user = key<string>('user');
    const counted: Interceptor = async function counted(call, next) {
      const { session } = call.peer;
      session?.set(visits, (session.get(visits) ?? 0) + 1);
      return next(call);
    };
    await using serving = await serve({}, {}, { interceptors: [counted] });
    const [one, two] = [serving.dial(), serving.dial()];

    await ping(one);
    await ping(one);
    await ping(two);
    const [first, second] = serving.server.sessions.list();

    expect([first?.get(visits), second?.get(visits)]).toEqual([2, 1]);
    expect(first?.get(user)).toBeUndefined();
    first?.set(user, 'ada');
    expect([first?.get(user), second?.get(user)]).toEqual(['ada', undefined]);
    expect([first?.delete(user), first?.delete(user), first?.get(user)]).toEqual([true, false, undefined]);
  });

  test('a peer with its session can be logged as JSON', async () => {
    await using serving = await serve();
    await ping(serving.dial());
    const { peer } = serving.server.sessions.list()[0]!;

    expect(JSON.parse(JSON.stringify(peer))).toMatchObject({ session: { id: peer.session?.id } });
  });

  test('calls in process have no session', async () => {
    let session: unknown = 'none yet';
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      unary: (request, { peer }) => {
        session = peer.session;
        return request;
      },
    });
    await using channel = connect(inProcess(server));

    await channel.client(ProbeService).unary({ text: '', n: 1 });

    expect(session).toBeUndefined();
    expect(server.sessions.active).toBe(0);
  });

  test('messages of a stream count as activity, also where streams have no idle limit', async () => {
    const go = [gate(), gate()];
    await using serving = await serve(
      {},
      {
        async *serverStream() {
          for (const [n, { promise }] of go.entries()) {
            await promise;
            yield { text: '', n };
          }
        },
      },
      { streamIdleMs: Number.POSITIVE_INFINITY },
    );
    const call = serving.dial().client(ProbeService).serverStream({ text: '', n: 1 })[Symbol.asyncIterator]();
    go[0]!.open();
    await call.next();
    const [session] = serving.server.sessions.list();
    session!.touch(0);

    go[1]!.open();
    await call.next();

    expect(session!.lastActiveAt).toBeGreaterThan(0);
    expect(session!.openCalls).toBe(1);
    await call.return?.();
  });

  test('tells of connects and disconnects, until told to stop #129', async () => {
    await using serving = await serve();
    const told: string[] = [];
    const stop = serving.server.sessions.watch(({ type }) => told.push(type));
    serving.server.sessions.watch(() => {
      throw new Error('a listener that fails');
    });
    const [one, two] = [serving.dial(), serving.dial()];

    await ping(one);
    await one.close();
    await expect.poll(() => types(serving.events)).toEqual(['connected', 'disconnected']);
    stop();
    await ping(two);

    expect(serving.events[1]).toMatchObject({ reason: 'client', session: { totalCalls: 1, openCalls: 0 } });
    expect(told).toEqual(['connected', 'disconnected']);
    expect(types(serving.events)).toEqual(['connected', 'disconnected', 'connected']);
  });

  test('tells of messages by an interceptor #129', async () => {
    const told: [string | undefined, unknown][] = [];
    const messages: Interceptor = async function messages(call, next) {
      return next(
        call.mapRequests((message) => {
          told.push([call.peer.session?.id, message]);
          return message;
        }),
      );
    };
    await using serving = await serve({}, {}, { interceptors: [messages] });
    const call = serving
      .dial()
      .client(ProbeService)
      .bidi([
        { text: 'a', n: 1 },
        { text: 'b', n: 2 },
      ]);
    for await (const _ of call) void _;

    const { id } = serving.server.sessions.list()[0]!;
    expect(told).toEqual([
      [id, { text: 'a', n: 1 }],
      [id, { text: 'b', n: 2 }],
    ]);
  });

  test('tells of connections that break, and of who is no gRPC client #129', async () => {
    await using serving = await serve();
    const socket = connectSocket(Number(serving.server.addresses[0]!.split(':')[1]), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('this is not HTTP/2, and it is longer than a preface\r\n\r\n');

    await expect.poll(() => types(serving.events)).toEqual(['connected', 'error', 'disconnected']);
    expect(serving.events[1]).toMatchObject({
      address: expect.stringContaining('127.0.0.1:'),
      error: expect.any(Error),
    });
    expect(serving.events[2]).toMatchObject({ reason: 'error' });
    expect(serving.server.sessions.failed).toBe(1);
    socket.destroy();
  });

  test('a server that closes says so to its sessions', async () => {
    const serving = await serve();
    await ping(serving.dial());

    await serving[Symbol.asyncDispose]();

    expect(types(serving.events)).toEqual(['connected', 'disconnected']);
    expect(serving.server.sessions.active).toBe(0);
  });
});

describe('server.sessions.disconnect()', () => {
  test('lets calls under way finish, and takes no new ones on the connection #127', async () => {
    const go = gate();
    const begun = gate();
    await using serving = await serve(
      {},
      {
        unary: async (request: { text: string }) => {
          if (request.text === 'slow') {
            begun.open();
            await go.promise;
          }
          return request;
        },
      },
    );
    const channel = serving.dial();
    const slow = channel.client(ProbeService).unary({ text: 'slow', n: 1 });
    await begun.promise;
    const [session] = serving.server.sessions.list();

    expect(serving.server.sessions.disconnect(session!.id, { reason: 'moved' })).toBe(true);
    const next = await ping(channel);
    go.open();

    expect((await slow).text).toBe('slow');
    expect(next.text).toBe('ping');
    await expect.poll(() => serving.events.at(-1)).toMatchObject({ reason: 'disconnected', message: 'moved', session });
    expect(serving.server.sessions.accepted).toBe(2);
    expect(serving.server.sessions.disconnect(session!.id)).toBe(false);
  });

  test('ends calls at once where there is no grace, and says why #127', async () => {
    let reason: unknown;
    const begun = gate();
    await using serving = await serve(
      {},
      {
        async *serverStream(_: unknown, context: { signal: AbortSignal }) {
          begun.open();
          reason = await aborted(context.signal);
          yield* [];
        },
      },
    );
    const { status } = serving.dial().client(ProbeService).serverStream({ text: '', n: 1 });
    await begun.promise;

    serving.server.sessions.disconnect(serving.server.sessions.list()[0]!.id, { reason: 'banned', graceMs: 0 });

    expect(await status).toMatchObject({
      code: Code.UNAVAILABLE,
      message: 'The server disconnected the client: banned',
      origin: 'peer',
    });
    expect(reason).toMatchObject({ kind: 'shutdown' });
    await expect.poll(() => serving.server.sessions.active).toBe(0);
  });

  test('ends the calls that outlive their grace', async () => {
    const begun = gate();
    await using serving = await serve(
      {},
      {
        unary: async (_: unknown, context: { signal: AbortSignal }) => {
          begun.open();
          throw await aborted(context.signal);
        },
      },
    );
    const { status } = serving.dial().client(ProbeService).unary({ text: '', n: 1 });
    await begun.promise;

    serving.server.sessions.disconnect(serving.server.sessions.list()[0]!.id, { graceMs: 30 });

    expect(await status).toMatchObject({ code: Code.UNAVAILABLE, message: 'The server disconnected the client' });
  });

  test('takes all sessions that a predicate is true for, such as the idle ones #127', async () => {
    await using serving = await serve();
    const channels = [serving.dial(), serving.dial(), serving.dial()];
    for (const channel of channels) await ping(channel);
    const { sessions } = serving.server;
    const [first, second, third] = sessions.list();
    await expect.poll(() => sessions.list().every(({ openCalls }) => openCalls === 0)).toBe(true);
    const halfHour = 30 * 60_000;
    first!.touch(Date.now() - halfHour - 1);
    third!.touch(Date.now() - halfHour - 1);

    const count = sessions.disconnectWhere(({ lastActiveAt }) => Date.now() - lastActiveAt > halfHour);

    expect(count).toBe(2);
    await expect.poll(() => sessions.list()).toEqual([second]);
    expect(sessions.cleaned).toBe(0);
  });

  test('refuses options nobody reads', async () => {
    await using serving = await serve();

    expect(() => serving.server.sessions.disconnect('x', { grace: 1 } as never)).toThrow(
      'wanted one of reason, graceMs',
    );
    expect(() => serving.server.sessions.disconnectWhere(() => true, { graceMs: -1 })).toThrow(
      'Cannot use graceMs -1: wanted a number, 0 or above',
    );
  });
});
