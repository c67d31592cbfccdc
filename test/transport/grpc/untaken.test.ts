import { type Channel, Code, type ConnectOptions, connect, type Interceptor, type StreamCall } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { grpcFrame } from '../../hostile/raw-http2.ts';
import { type FrameConnection, FrameServer } from '../../interop/frame-server.ts';
import { kinds, type Outcome, run, start } from '../../suites/kinds.ts';
import { type Probe, ProbeService } from '../../suites/probe-service.ts';

const everyStream = 2 ** 31 - 1;
const enhanceYourCalm = 11;
const internalError = 2;
const refusedStream = 7;
const mebibyte = 1024 * 1024;
const probe = { text: 'a', n: 1 };
const reconnect = { initialBackoffMs: 10, maxBackoffMs: 20 };
const encoded = grpcFrame(ProbeService.methods.unary.response.encode(probe));

type Answer = (connection: FrameConnection, stream: number) => void;

const answerWell: Answer = (connection, stream) => {
  connection.header(stream);
  connection.data(stream, encoded);
  connection.trailer(stream);
};

/** A server that answers its first `times` calls in a way of its own, the others well. */
function serverWith(answer: Answer, { times = 1, maxStreams }: { times?: number; maxStreams?: number } = {}) {
  let answered = 0;
  return new FrameServer({
    maxStreams,
    answer: (connection, stream) => (answered++ < times ? answer : answerWell)(connection, stream),
  });
}

async function channelTo(server: FrameServer, options: ConnectOptions = {}): Promise<Channel> {
  return connect(`127.0.0.1:${await server.port}`, { reconnect, ...options });
}

function callsOf(server: FrameServer): number {
  return server.connections.reduce((sum, { streams }) => sum + streams.length, 0);
}

const untaken: Record<string, Answer> = {
  'GOAWAY before it': (connection) => connection.goaway(0),
  'GOAWAY, and the end of the connection': (connection) => {
    connection.goaway(0);
    connection.socket.end();
  },
  'GOAWAY with ENHANCE_YOUR_CALM': (connection) => connection.goaway(0, enhanceYourCalm),
  'GOAWAY with INTERNAL_ERROR': (connection) => connection.goaway(0, internalError),
  'a graceful GOAWAY in two steps': (connection) => {
    connection.goaway(everyStream);
    setTimeout(() => connection.goaway(0), 10);
  },
  'a refused stream': (connection, stream) => connection.reset(stream, refusedStream),
};

const taken: Record<string, Answer> = {
  'GOAWAY behind it, and the end of the connection': (connection, stream) => {
    connection.goaway(stream);
    connection.socket.end();
  },
  'GOAWAY behind it, with ENHANCE_YOUR_CALM': (connection, stream) => connection.goaway(stream, enhanceYourCalm),
  'the end of the connection': (connection) => connection.socket.end(),
  'headers, then a GOAWAY before it': (connection, stream) => {
    connection.header(stream);
    connection.goaway(0);
  },
  'headers, then a refused stream': (connection, stream) => {
    connection.header(stream);
    connection.reset(stream, refusedStream);
  },
};

describe('a call that its server left undone', () => {
  const cases = Object.keys(untaken).flatMap((way) => kinds.map((kind) => [kind, way] as const));

  test.each(cases)('%s: is begun anew, once, after %s', async (kind, way) => {
    await using server = serverWith(untaken[way]!);
    let repeats: number | undefined;
    const counting: Interceptor = async function counting(call, next) {
      const status = await next(call);
      repeats = call.traffic.repeats;
      return status;
    };
    await using channel = await channelTo(server, { interceptors: [counting] });

    const { status, messages } = await run(channel.client(ProbeService), kind);

    expect(status.code).toBe(Code.OK);
    expect(messages).toEqual([probe]);
    expect(callsOf(server)).toBe(2);
    expect(repeats).toBe(1);
  });

  test.each(cases)('%s: is told unseen when it is left undone again and again by %s', async (kind, way) => {
    await using server = serverWith(untaken[way]!, { times: 10 });
    await using channel = await channelTo(server);

    const { status } = await run(channel.client(ProbeService), kind);

    expect(status).toMatchObject({ code: Code.UNAVAILABLE, origin: 'local', unseen: true });
    // A connection that goes away takes no more calls; one that stays and refuses would go on doing so.
    expect(callsOf(server)).toBe(way === 'a refused stream' ? 2 : 6);
  });

  test.each(kinds)('%s: ends well where several servers go away, one as it comes to the other', async (kind) => {
    await using server = serverWith(untaken['GOAWAY before it']!, { times: 5 });
    await using channel = await channelTo(server);

    const { status, messages } = await run(channel.client(ProbeService), kind);

    expect(status.code).toBe(Code.OK);
    expect(messages).toEqual([probe]);
    expect(callsOf(server)).toBe(6);
  });

  test('is not begun anew beyond its deadline', async () => {
    await using server = serverWith(
      (connection) => {
        if (server.connections.length === 1) connection.goaway(0);
      },
      { times: 2 },
    );
    await using channel = await channelTo(server);

    const { status } = await run(channel.client(ProbeService), 'unary', { timeoutMs: 300 });

    expect(status).toMatchObject({ code: Code.DEADLINE_EXCEEDED, unseen: false });
    expect(callsOf(server)).toBe(2);
  });

  test.each([
    ['unary', mebibyte - 100, undefined, Code.OK],
    ['serverStream', mebibyte - 100, undefined, Code.OK],
    ['clientStream', 200_000, undefined, Code.OK],
    ['bidi', 200_000, undefined, Code.OK],
    ['unary', mebibyte + 1, undefined, Code.UNAVAILABLE],
    ['clientStream', 300_000, undefined, Code.UNAVAILABLE],
    ['unary', 100, 10, Code.UNAVAILABLE],
    ['unary', 2 * mebibyte, 4 * mebibyte, Code.OK],
  ] as const)(
    '%s of %d bytes with perCallBufferBytes %s ends with code %d',
    async (kind, bytes, perCallBufferBytes, code) => {
      await using server = serverWith(untaken['GOAWAY before it']!);
      await using channel = await channelTo(server, { perCallBufferBytes });

      const { status } = await run(channel.client(ProbeService), kind, {}, [{ ...probe, bulk: 'x'.repeat(bytes) }]);

      expect(status).toMatchObject({ code, unseen: code !== Code.OK });
      expect(callsOf(server)).toBe(code === Code.OK ? 2 : 1);
    },
  );
});

describe('a call that its server took', () => {
  const cases = Object.keys(taken).flatMap((way) => kinds.map((kind) => [kind, way] as const));

  test.each(['serverStream', 'bidi'] as const)(
    '%s: ends as it was answered when a GOAWAY comes before the answer is read',
    async (kind) => {
      const count = 10;
      let answered = false;
      await using server = serverWith((connection, stream) => {
        connection.header(stream);
        for (let sent = 0; sent < count; sent++) connection.data(stream, encoded);
        connection.trailer(stream);
        setTimeout(() => {
          connection.goaway(stream);
          setTimeout(() => (answered = true), 20);
        }, 20);
      });
      await using channel = await channelTo(server);
      const call = start(channel.client(ProbeService), kind) as StreamCall<Probe>;

      let read = 0;
      for await (const message of call) {
        expect(message).toEqual(probe);
        read += 1;
        await expect.poll(() => answered, { timeout: 10_000 }).toBe(true);
      }

      expect(read).toBe(count);
      expect((await call.status).code).toBe(Code.OK);
      expect(callsOf(server)).toBe(1);
    },
  );

  test.each(cases)('%s: is never begun anew, after %s', async (kind, way) => {
    await using server = serverWith(taken[way]!);
    await using channel = await channelTo(server);

    const { status } = await run(channel.client(ProbeService), kind);

    expect(status.code).not.toBe(Code.OK);
    expect(status).toMatchObject({ origin: 'local', unseen: false });
    expect(callsOf(server)).toBe(1);
  });
});

describe('calls that wait for a stream', () => {
  test.each(kinds)('%s: go elsewhere at the GOAWAY, while the one before them goes on', async (kind) => {
    let first: (() => void) | undefined;
    await using server = serverWith(
      (connection, stream) => {
        first = () => answerWell(connection, stream);
      },
      { maxStreams: 1 },
    );
    await using channel = await channelTo(server);
    const client = channel.client(ProbeService);
    const long = run(client, 'unary');
    await expect.poll(() => first, { timeout: 10_000 }).toBeDefined();
    const waiting = run(client, kind);
    await new Promise((resolve) => setTimeout(resolve, 20));

    server.connections[0]!.goaway(everyStream);
    const { status } = await waiting;
    first!();

    expect(status.code).toBe(Code.OK);
    expect((await long).status.code).toBe(Code.OK);
    expect(server.connections.map(({ streams }) => streams.length)).toEqual([1, 1]);
  });

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'are begun anew when the connection is lost (%s); the one that was sent is not',
    async (how) => {
      await using server = serverWith(() => {}, { maxStreams: 1 });
      await using channel = await channelTo(server);
      const client = channel.client(ProbeService);
      const sent = run(client, 'unary');
      await expect.poll(() => callsOf(server), { timeout: 10_000 }).toBe(1);
      const waiting = kinds.map((kind) => run(client, kind));
      await new Promise((resolve) => setTimeout(resolve, 20));

      server.connections[0]!.socket[how]();
      const outcomes: Outcome[] = await Promise.all(waiting);

      expect(outcomes.map(({ status }) => status.code)).toEqual(kinds.map(() => Code.OK));
      expect((await sent).status).toMatchObject({ code: Code.UNAVAILABLE, unseen: false });
      expect(callsOf(server)).toBe(1 + kinds.length);
    },
  );
});
