import { Code, createServer, type Interceptor, silentLogger } from 'flowrpc';
import { expect, onTestFinished, test } from 'vitest';
import { callHeaders, frame, frameType, grpcFrame, headerBlock, RawPeer } from '../../hostile/raw-http2.ts';
import { echo, ProbeService } from '../../suites/probe-service.ts';

const endHeaders = 4;
const cancel = Buffer.from([0, 0, 0, 8]);
const whole = grpcFrame('{"text":"a","n":1}');

/** The statuses with which calls ended, as interceptors of the server see them. */
async function listening(): Promise<{ port: number; ends: Code[] }> {
  const ends: Code[] = [];
  const seen: Interceptor = async (call, next) => {
    const status = await next(call);
    ends.push(status.code);
    return status;
  };
  const server = createServer({ interceptors: [seen], logger: silentLogger }).add(ProbeService, echo);
  onTestFinished(async () => void (await server.close({ graceMs: 0 })));
  return { port: (await server.listen('127.0.0.1:0')).port, ends };
}

test.each([
  ['Unary', []],
  ['ClientStream', [whole]],
  ['Bidi', [whole, whole]],
] as const)(
  '%s: a caller that gives up in the middle of a message has cancelled, and broken no rule (D-08)',
  async (name, before) => {
    const { port, ends } = await listening();
    await using peer = await RawPeer.open(port);
    const calls = 20;

    for (let n = 0; n < calls; n++) {
      const stream = 2 * n + 1;
      peer.write(frame(frameType.headers, endHeaders, stream, headerBlock(callHeaders(`/suite.Probe/${name}`))));
      const part = Buffer.concat([...before, whole.subarray(0, 5 + (n % 10))]);
      // In one piece with what it resets, a moment later, or behind a frame of its own.
      if (n % 2 === 0) peer.write(frame(frameType.data, 0, stream, part), frame(frameType.reset, 0, stream, cancel));
      else {
        peer.write(frame(frameType.data, 0, stream, part));
        await new Promise((resolve) => setTimeout(resolve, n % 3));
        peer.write(frame(frameType.reset, 0, stream, cancel));
      }
    }

    await expect.poll(() => ends.length, { timeout: 10_000 }).toBe(calls);
    expect(ends).toEqual(Array(calls).fill(Code.CANCELLED));
  },
);
