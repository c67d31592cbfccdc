import {
  Code,
  connect,
  createServer,
  type HubStream,
  type Interceptor,
  inProcess,
  key,
  type Server,
  type Status,
  StatusError,
  type StreamHub,
  silentLogger,
  streamHub,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { gate } from '../suites/gate.ts';
import { type Probe, ProbeService } from '../suites/probe-service.ts';
import { transports } from '../suites/transports.ts';

const message = (n: number, bulk?: string): Probe => ({ text: 'news', n, ...(bulk !== undefined && { bulk }) });

interface Listening extends AsyncDisposable {
  readonly server: Server;
  /** How calls ended, on the server. */
  readonly statuses: readonly Status[];
  /** Opens a stream on a connection of its own. */
  join(name?: string): { next(): Promise<number | undefined>; leave(): Promise<unknown>; ended: Promise<Status> };
}

async function listening(hub: StreamHub<Probe>): Promise<Listening> {
  const statuses: Status[] = [];
  const witness: Interceptor = async function witness(call, next) {
    const status = await next(call);
    statuses.push(status);
    return status;
  };
  const server = createServer({ logger: silentLogger, interceptors: [witness] }).add(ProbeService, {
    serverStream: (_request, context) => hub.subscribe(context),
  });
  const { address } = await server.listen('127.0.0.1:0');
  const channels: { close(): Promise<void> }[] = [];
  return {
    server,
    statuses,
    join: (name = `client-${channels.length}`) => {
      const channel = connect(address, { userAgent: name });
      channels.push(channel);
      const call = channel.client(ProbeService).serverStream({ text: name, n: 0 });
      const iterator = call[Symbol.asyncIterator]();
      return {
        next: async () => (await iterator.next()).value?.n,
        leave: async () => iterator.return?.(),
        ended: call.status,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(channels.map((channel) => channel.close()));
      await server.close({ graceMs: 0 });
    },
  };
}

describe('streamHub()', () => {
  test('broadcast() reaches all open streams, in order, and says how many #129', async () => {
    await using hub = streamHub<Probe>();
    await using serving = await listening(hub);
    const joined = [serving.join(), serving.join(), serving.join()];
    await expect.poll(() => hub.stats.streams).toBe(3);

    const took = [1, 2, 3].map((n) => hub.broadcast(message(n)));

    expect(took).toEqual([3, 3, 3]);
    for (const stream of joined)
      expect([await stream.next(), await stream.next(), await stream.next()]).toEqual([1, 2, 3]);
    expect(hub.stats).toEqual({ streams: 3, sent: 9, dropped: 0 });
  });

  test('send() reaches the streams of one session only #129', async () => {
    await using hub = streamHub<Probe>();
    await using serving = await listening(hub);
    const one = serving.join();
    await expect.poll(() => hub.stats.streams).toBe(1);
    const { id } = serving.server.sessions.list()[0]!;
    const two = serving.join();
    await expect.poll(() => hub.stats.streams).toBe(2);

    expect(hub.send(id, message(1))).toBe(1);
    expect(hub.send('nobody', message(2))).toBe(0);
    expect(hub.broadcast(message(3))).toBe(2);

    expect([await one.next(), await one.next()]).toEqual([1, 3]);
    expect(await two.next()).toBe(3);
  });

  test('broadcast() may choose by the context and session of a stream', async () => {
    const name = key<string>('name');
    await using hub = streamHub<Probe>();
    await using serving = await listening(hub);
    const [first, second] = [serving.join(), serving.join()];
    await expect.poll(() => hub.stats.streams).toBe(2);
    const [session] = serving.server.sessions.list();
    session!.set(name, 'ada');

    const took = hub.broadcast(message(1), (stream) => stream.session?.get(name) === 'ada');
    hub.broadcast(message(2), ({ context }) => context.method.name === 'ServerStream');

    expect(took).toBe(1);
    expect([await first.next(), await second.next()].toSorted()).toEqual([1, 2]);
  });

  test('a stream that was left is gone: connected streams only #129', async () => {
    await using hub = streamHub<Probe>();
    await using serving = await listening(hub);
    const [one, two] = [serving.join(), serving.join()];
    await expect.poll(() => hub.stats.streams).toBe(2);
    hub.broadcast(message(1));
    await one.next();

    await one.leave();
    await expect.poll(() => hub.stats.streams).toBe(1);

    expect(hub.broadcast(message(2))).toBe(1);
    expect([await two.next(), await two.next()]).toEqual([1, 2]);
  });

  test('streams of a session that is disconnected end with UNAVAILABLE, and are gone', async () => {
    await using hub = streamHub<Probe>();
    await using serving = await listening(hub);
    const stream = serving.join();
    await expect.poll(() => hub.stats.streams).toBe(1);
    const { id } = serving.server.sessions.list()[0]!;

    serving.server.sessions.disconnect(id, { graceMs: 0 });

    expect(await stream.ended).toMatchObject({ code: Code.UNAVAILABLE });
    expect(hub.stats.streams).toBe(0);
    expect(hub.send(id, message(1))).toBe(0);
  });

  test('a slow reader is ended with RESOURCE_EXHAUSTED; others go on', async () => {
    await using hub = streamHub<Probe>({ capacity: 4 });
    await using serving = await listening(hub);
    const [slow, quick] = [serving.join(), serving.join()];
    await expect.poll(() => hub.stats.streams).toBe(2);
    const bulk = 'x'.repeat(64 * 1024);

    let sent = 0;
    while (hub.stats.streams === 2) {
      sent += 1;
      hub.broadcast(message(sent, bulk));
      expect(await quick.next()).toBe(sent);
      expect(sent).toBeLessThan(1_000);
    }

    expect(hub.broadcast(message(0))).toBe(1);
    expect(await quick.next()).toBe(0);
    expect(serving.statuses).toMatchObject([
      { code: Code.RESOURCE_EXHAUSTED, message: 'The stream was read too slowly: 4 messages wait' },
    ]);
    // A caller hears of the end when it has read what came before.
    while ((await slow.next().catch(() => undefined)) !== undefined);
    expect((await slow.ended).code).not.toBe(Code.OK);
    expect(hub.stats.dropped).toBe(1);
  });

  test('"drop-oldest" keeps a slow reader, with the newest messages', async () => {
    await using hub = streamHub<Probe>({ capacity: 2, overflow: 'drop-oldest' });
    const go = gate();
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      async *serverStream(_request, context) {
        const stream = hub.subscribe(context);
        await go.promise;
        yield* stream;
      },
    });
    await using channel = connect(inProcess(server));
    const call = channel.client(ProbeService).serverStream({ text: '', n: 0 });
    await expect.poll(() => hub.stats.streams).toBe(1);

    for (let n = 1; n <= 5; n += 1) expect(hub.broadcast(message(n))).toBe(1);
    go.open();
    void hub.close();
    const got: number[] = [];
    for await (const { n } of call) got.push(n);

    expect(got).toEqual([4, 5]);
    expect(hub.stats).toEqual({ streams: 0, sent: 5, dropped: 3 });
  });

  test.each(transports)('bidi calls hand their requests on, and end with them, $name #129', async (transport) => {
    await using hub = streamHub<Probe>();
    const ends: unknown[] = [];
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      bidi: (requests, context) =>
        hub.subscribe(context, requests, (request, stream) => {
          ends.push(stream.ended);
          hub.broadcast({ ...request, text: request.text.toUpperCase() });
        }),
    });
    await using channel = await transport.open(server);
    const got: string[] = [];

    for await (const { text } of channel.client(ProbeService).bidi([message(1), { text: 'bye', n: 2 }])) got.push(text);

    expect(got).toEqual(['NEWS', 'BYE']);
    expect(ends).toEqual([false, false]);
    expect(hub.stats.streams).toBe(0);
  });

  test('what onMessage throws is how the stream ends', async () => {
    await using hub = streamHub<Probe>();
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      bidi: (requests, context) =>
        hub.subscribe(context, requests, async () => {
          throw new StatusError(Code.PERMISSION_DENIED, 'not you');
        }),
    });
    await using channel = connect(inProcess(server));

    const status = await channel.client(ProbeService).bidi([message(1)]).status;

    expect(status).toMatchObject({ code: Code.PERMISSION_DENIED, message: 'not you' });
    expect(hub.stats.streams).toBe(0);
  });

  test('close() ends streams with OK after what is in line; new ones get UNAVAILABLE', async () => {
    const hub = streamHub<Probe>();
    await using serving = await listening(hub);
    const stream = serving.join();
    await expect.poll(() => hub.stats.streams).toBe(1);
    hub.broadcast(message(1));

    await hub.close();

    expect([await stream.next(), await stream.next()]).toEqual([1, undefined]);
    expect(await stream.ended).toMatchObject({ code: Code.OK });
    expect(await serving.join().ended).toMatchObject({ code: Code.UNAVAILABLE });
    expect(hub.broadcast(message(2))).toBe(0);
  });

  test('a handler that fails after it subscribed leaves nothing behind', async () => {
    await using hub = streamHub<Probe>();
    let stream: HubStream<Probe> | undefined;
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      serverStream: (_request, context) => {
        stream = hub.subscribe(context);
        throw new StatusError(Code.NOT_FOUND, 'no such topic');
      },
    });
    await using channel = connect(inProcess(server));

    const status = await channel.client(ProbeService).serverStream({ text: '', n: 0 }).status;

    expect(status.code).toBe(Code.NOT_FOUND);
    expect(stream?.ended).toBe(true);
    expect(hub.stats.streams).toBe(0);
  });

  test('a thousand streams that come and go leave nothing behind', async () => {
    await using hub = streamHub<Probe>();
    await using server = createServer({ logger: silentLogger }).add(ProbeService, {
      serverStream: (_request, context) => hub.subscribe(context),
    });
    await using channel = connect(inProcess(server));
    const client = channel.client(ProbeService);

    for (let round = 0; round < 10; round += 1) {
      const calls = Array.from({ length: 100 }, () => client.serverStream({ text: '', n: 0 })[Symbol.asyncIterator]());
      const first = calls.map((call) => call.next());
      await expect.poll(() => hub.stats.streams).toBe(100);
      hub.broadcast(message(round));
      await Promise.all(first);
      await Promise.all(calls.map((call) => call.return?.()));
      await expect.poll(() => hub.stats.streams).toBe(0);
    }

    expect(hub.stats.sent).toBe(1_000);
  });

  test('refuses options that make no sense', () => {
    expect(() => streamHub({ capacity: 0 })).toThrow('Cannot use capacity 0: wanted a whole number, 1 or above');
    expect(() => streamHub({ overflow: 'drop' as never })).toThrow('wanted "end" or "drop-oldest"');
    expect(() => streamHub({ capacities: 1 } as never)).toThrow('did you mean "capacity"?');
  });
});
