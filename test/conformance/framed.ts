import type { Codec } from 'flowrpc';

/** Messages of the runner: four bytes of length, big-endian, and as many of protobuf. */
export async function* readFramed<T>(input: AsyncIterable<Buffer>, codec: Codec<T>): AsyncGenerator<T> {
  let kept = Buffer.alloc(0);
  for await (const chunk of input) {
    kept = Buffer.concat([kept, chunk]);
    while (kept.length >= 4 && kept.length >= 4 + kept.readUInt32BE(0)) {
      const end = 4 + kept.readUInt32BE(0);
      yield codec.decode(kept.subarray(4, end));
      kept = kept.subarray(end);
    }
  }
  if (kept.length > 0) throw new Error(`The runner stopped in the middle of a message, after ${kept.length} bytes`);
}

/** A message as the runner reads it. */
export function framed<T>(message: T, codec: Codec<T>): Uint8Array {
  const bytes = codec.encode(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
