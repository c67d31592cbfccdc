import { type Channel, Code, connect, type Status } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { grpcFrame } from '../hostile/raw-http2.ts';
import { type FrameConnection, FrameServer } from './frame-server.ts';
import { type SimpleResponse, TestService } from './grpc/service.ts';

const answerBytes = 40_000;
const encoded = grpcFrame(
  TestService.methods.unaryCall.response.encode({ payload: { body: Buffer.alloc(answerBytes) } }),
);
const frameBytes = 16_384;

/** A whole answer; `between` is called around each of its frames. */
function answerWell(connection: FrameConnection, stream: number, between: () => void = () => {}): void {
  between();
  connection.header(stream);
  for (let sent = 0; sent < encoded.length; sent += frameBytes) {
    between();
    connection.data(stream, encoded.subarray(sent, sent + frameBytes));
  }
  between();
  connection.trailer(stream);
  between();
}

function call(channel: Channel): Promise<SimpleResponse> & { readonly status: Promise<Status> } {
  return channel
    .client(TestService)
    .unaryCall({ responseSize: answerBytes, payload: { body: new Uint8Array(271_828) } });
}

async function answered(channel: Channel): Promise<number | undefined> {
  return (await call(channel)).payload?.body.length;
}

describe('negative HTTP/2 cases, our client', () => {
  test('goaway: the call before is answered, the next one takes a new connection', async () => {
    await using server = new FrameServer({
      answer(connection, stream) {
        answerWell(connection, stream);
        if (server.connections.length === 1) connection.goaway(stream);
      },
    });
    await using channel = connect(`127.0.0.1:${await server.port}`);

    const first = await answered(channel);
    await expect.poll(() => channel.state, { timeout: 10_000 }).not.toBe('ready');
    const second = await answered(channel);

    expect([first, second]).toEqual([answerBytes, answerBytes]);
    expect(server.connections.map(({ streams }) => streams.length)).toEqual([1, 1]);
  });

  test('goaway: a call that is under way goes on to its end', async () => {
    await using server = new FrameServer({
      answer(connection, stream) {
        connection.goaway(stream);
        answerWell(connection, stream);
      },
    });
    await using channel = connect(`127.0.0.1:${await server.port}`);

    expect(await answered(channel)).toBe(answerBytes);
    expect(server.connections).toHaveLength(1);
  });

  test('goaway: a call that the server did not take goes on from one connection to the next, six at most; then retry() does', async () => {
    let refusals = 0;
    await using server = new FrameServer({
      answer(connection, stream) {
        if (refusals-- > 0) connection.goaway(0);
        else answerWell(connection, stream);
      },
    });
    const target = `127.0.0.1:${await server.port}`;
    const reconnect = { initialBackoffMs: 1, maxBackoffMs: 1 };
    await using bare = connect(target, { reconnect });
    await using retrying = connect(target, { reconnect, interceptors: [retry({ baseDelayMs: 20 })] });

    refusals = 1;
    expect(await answered(bare)).toBe(answerBytes);
    expect(server.connections.map(({ streams }) => streams.length)).toEqual([1, 1]);
    refusals = 6;
    await expect(call(bare)).rejects.toMatchObject({ code: Code.UNAVAILABLE, unseen: true });
    refusals = 7;
    expect(await answered(retrying)).toBe(answerBytes);
  });

  test.each([
    ['rst_after_header', 0],
    ['rst_during_data', encoded.length / 2],
    ['rst_after_data', encoded.length],
  ])('%s: the call fails with INTERNAL, gives no message, and harms no other call', async (_name, bytes) => {
    let resets = 0;
    await using server = new FrameServer({
      answer(connection, stream) {
        if (resets++ > 0) return answerWell(connection, stream);
        connection.header(stream);
        for (let sent = 0; sent < bytes; sent += frameBytes) {
          connection.data(stream, encoded.subarray(sent, Math.min(sent + frameBytes, bytes)));
        }
        connection.reset(stream);
      },
    });
    await using channel = connect(`127.0.0.1:${await server.port}`);

    await expect(call(channel)).rejects.toMatchObject({ code: Code.INTERNAL });
    expect(await answered(channel)).toBe(answerBytes);
    expect(server.connections.map(({ streams }) => streams.length)).toEqual([2]);
  });

  test('ping: each ping between the frames of an answer is acknowledged with its own payload', async () => {
    const sent: string[] = [];
    await using server = new FrameServer({
      answer(connection, stream) {
        answerWell(connection, stream, () => {
          sent.push(`ping ${sent.length}`);
          connection.ping(sent.at(-1)!);
        });
      },
    });
    await using channel = connect(`127.0.0.1:${await server.port}`);

    expect(await answered(channel)).toBe(answerBytes);
    await expect.poll(() => server.connections[0]?.pongs, { timeout: 10_000 }).toEqual(sent);
    expect(sent.length).toBeGreaterThan(5);
  });

  test('max_streams: never more streams than the server allows, and each of 15 calls is answered', async () => {
    await using server = new FrameServer({
      maxStreams: 1,
      // Later, so that calls meet.
      answer: (connection, stream) => void setImmediate(() => answerWell(connection, stream)),
    });
    await using channel = connect(`127.0.0.1:${await server.port}`);

    await answered(channel);
    const all = await Promise.all(Array.from({ length: 15 }, () => answered(channel)));

    expect(all).toEqual(Array(15).fill(answerBytes));
    expect(server.connections.map(({ mostOpen }) => mostOpen)).toEqual([1]);
  });
});
