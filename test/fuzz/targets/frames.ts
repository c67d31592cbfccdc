import assert from 'node:assert/strict';
import { Code, StatusError, silentLogger, statusFrom } from 'flowrpc';
import { defaultLimits } from '../../../src/core/acceptor.ts';
import { rawMethod } from '../../../src/core/method.ts';
import { FrameReader } from '../../../src/transport/grpc/frame-reader.ts';
import { inflate } from '../../../src/transport/grpc/inflate.ts';
import { ReceiveBudget } from '../../../src/transport/grpc/receive-budget.ts';
import { messages } from '../shapes/frames.ts';
import type { FuzzTarget } from '../target.ts';

const maxReceiveBytes = 8_192;
const route = {
  method: rawMethod('/a.B/C'),
  limits: { ...defaultLimits, maxReceiveBytes },
  invoke: async () => statusFrom(Code.OK),
  logger: silentLogger,
};
const encodings = ['identity', 'gzip', 'deflate', 'br'];

/** Messages out of a byte stream, and their decompression: one byte for the encoding, one for how it is split, then the stream. */
export function frames(): FuzzTarget {
  return {
    shape: messages({ skip: 2 }),
    words: ['\0\0\0\0\0', '\x01\0\0\0\x05', '\0\xff\xff\xff\xff', '\x02\0\0\0\x01', '\x1f\x8b\x08\0', '\x78\x9c'],
    async run(input) {
      const [encoding = 0, split = 0] = input;
      const stream = input.subarray(2);
      const whole = read([stream]);
      const parts = read(pieces(stream, split));

      assert.deepEqual(parts, whole, 'the messages depend on how the stream is split');
      for (const [bytes] of whole.messages.filter(([, compressed]) => compressed).slice(0, 2)) {
        try {
          const options = { encoding: encodings[encoding % 4]!, maxBytes: 65_536, path: '/a.B/C' };
          const plain = await inflate(bytes, options);
          assert(plain.length <= 65_536);
        } catch (error) {
          assert(error instanceof StatusError, error as Error);
        }
      }
    },
  };
}

interface Read {
  readonly messages: [bytes: Buffer, compressed: boolean][];
  readonly end: Code | 'whole' | 'partial';
}

function read(chunks: readonly Buffer[]): Read {
  const messages: Read['messages'] = [];
  const budget = new ReceiveBudget(1_000_000);
  const reader = new FrameReader(route, budget, {
    take: (bytes, compressed) => void messages.push([Buffer.from(bytes), compressed]),
  });
  let end: Read['end'];
  try {
    for (const chunk of chunks) reader.push(chunk);
    end = reader.partial ? 'partial' : 'whole';
  } catch (error) {
    assert(error instanceof StatusError, error as Error);
    end = error.code;
  }
  reader.close();
  assert.equal(budget.used, 0, 'bytes are counted that nobody holds');
  return { messages, end };
}

/** At most a thousand: many small ones are refused. */
function pieces(stream: Buffer, split: number): Buffer[] {
  const size = Math.max(1 + split, Math.ceil(stream.length / 1_000));
  return Array.from({ length: Math.ceil(stream.length / size) }, (_, n) => stream.subarray(n * size, (n + 1) * size));
}
