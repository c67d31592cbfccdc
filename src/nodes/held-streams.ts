import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { isPlainObject } from '../wire/value-kind.ts';
import { ByteStream } from './byte-stream.ts';

/** Bytes of one stream where a payload leaves the process: what a message holds. */
const maxBytes = 4 * 1024 * 1024;
const maxDepth = 100;

/** Where one payload goes to several targets, each gets the same bytes. */
const held = new WeakMap<ByteStream, Promise<Uint8Array>>();

/**
 * The payload as it can leave this process: byte streams in it are read into bytes. Itself, at once, when it has none. Rejects with
 * RESOURCE_EXHAUSTED for one of more than 4 MiB.
 */
export function holdStreams(payload: unknown): unknown {
  const streams = streamsIn(payload);
  if (streams.length === 0) return payload;
  return Promise.all(streams.map(async (stream) => [stream, await hold(stream)] as const)).then((pairs) =>
    withBytes(payload, new Map(pairs)),
  );
}

/** Whether a payload has a stream that somebody has read, so that it cannot be sent again. */
export function isSpent(payload: unknown): boolean {
  return streamsIn(payload).some((stream) => stream.used && !held.has(stream));
}

/** Lets the streams of a reply outlive the process that made it. */
export function handOnStreams(reply: unknown): void {
  for (const stream of streamsIn(reply)) stream.handOn();
}

/** The byte streams that a payload has. */
export function streamsIn(payload: unknown): readonly ByteStream[] {
  const found: ByteStream[] = [];
  collect(payload, found, 0);
  return found;
}

function collect(value: unknown, found: ByteStream[], depth: number): void {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return;
  if (value instanceof ByteStream) found.push(value);
  else if (Array.isArray(value)) for (const item of value) collect(item, found, depth + 1);
  else if (isPlainObject(value)) for (const key of Object.keys(value)) collect(value[key], found, depth + 1);
}

function hold(stream: ByteStream): Promise<Uint8Array> {
  let bytes = held.get(stream);
  if (bytes === undefined) held.set(stream, (bytes = read(stream)));
  return bytes;
}

async function read(stream: ByteStream): Promise<Uint8Array> {
  try {
    return await stream.bytes(maxBytes);
  } catch (thrown) {
    if (!(thrown instanceof StatusError) || thrown.code !== Code.RESOURCE_EXHAUSTED) throw thrown;
    throw new StatusError(
      Code.RESOURCE_EXHAUSTED,
      `Cannot send the payload: it has a byte stream of more than ${maxBytes} bytes, which only nodes of one process pass on`,
      { cause: thrown },
    );
  }
}

function withBytes(value: unknown, bytes: ReadonlyMap<ByteStream, Uint8Array>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ByteStream) return bytes.get(value);
  if (Array.isArray(value)) return value.map((item: unknown) => withBytes(item, bytes));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBytes(item, bytes)]));
}
