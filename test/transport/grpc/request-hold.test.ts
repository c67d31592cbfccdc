import { randomBytes } from 'node:crypto';
import { Code, connect } from 'flowrpc';
import { expect, test } from 'vitest';
import { grpcFrame } from '../../hostile/raw-http2.ts';
import { FrameServer } from '../../interop/frame-server.ts';
import { run } from '../../suites/kinds.ts';
import { ProbeService } from '../../suites/probe-service.ts';

const probe = { text: 'a', n: 1 };
const bulk = randomBytes(500_000).toString('hex');

test('calls that are cancelled while their requests are packed hold nothing', async () => {
  let answered = false;
  await using server = new FrameServer({
    answer(connection, stream) {
      if (!answered) {
        answered = true;
        return connection.goaway(0);
      }
      connection.header(stream);
      connection.data(stream, grpcFrame(ProbeService.methods.unary.response.encode(probe)));
      connection.trailer(stream);
    },
  });
  await using channel = connect(`127.0.0.1:${await server.port}`, { compression: 'gzip' });
  const client = channel.client(ProbeService);
  await channel.ready();

  // More than a channel holds.
  for (let call = 0; call < 40; call++) {
    const stop = new AbortController();
    const cancelled = run(client, 'unary', { signal: stop.signal }, [{ ...probe, bulk }]);
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    expect((await cancelled).status.code).toBe(Code.CANCELLED);
  }
  // Each is packed by now.
  await new Promise((resolve) => setTimeout(resolve, 500));
  answered = false;
  const { status } = await run(client, 'unary', {}, [{ ...probe, bulk }]);

  expect(status.code).toBe(Code.OK);
});
