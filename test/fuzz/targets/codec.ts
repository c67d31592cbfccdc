import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Code, StatusError } from 'flowrpc';
import {
  descriptorIndex,
  jsonToMessage,
  loadFiles,
  messageCodec,
  messageToJson,
  protoFile,
  servicesFromFiles,
} from '../../../src/wire/index.ts';
import { decodeValue, encodeValue } from '../../../src/wire/value.ts';
import { tags } from '../shapes/tags.ts';
import type { FuzzTarget } from '../target.ts';

/** Messages of a type with fields of every kind, values of any type, and descriptors: which one says the first byte. */
export async function codec(): Promise<FuzzTarget> {
  const includeDirs = [fileURLToPath(new URL('../../wire/protos', import.meta.url))];
  const files = await loadFiles(['shop/kitchen_sink.proto', 'helloworld.proto'], { includeDirs });
  const sink = messageCodec(files, 'shop.KitchenSink');
  const index = descriptorIndex(files);

  const message = (bytes: Buffer): void => {
    const decoded = accepted(() => sink.decode(bytes), Code.INTERNAL);
    if (decoded === undefined) return;
    const encoded = sink.encode(decoded.value);
    const again = sink.decode(encoded);
    assert.deepEqual(again, decoded.value);
    // What is not known is not seen, but stays.
    assert.deepEqual(Buffer.from(sink.encode(again)), Buffer.from(encoded));
    // Unknown Any types, and times beyond what JSON can write, cannot be shown.
    const json = accepted(() => messageToJson(sink, decoded.value, { index }));
    if (json === undefined) return;
    accepted(() => sink.encode(jsonToMessage(sink, json.value, { index })));
  };

  const value = (bytes: Buffer): void => {
    const decoded = accepted(() => decodeValue(bytes), Code.INTERNAL);
    if (decoded === undefined) return;
    const again = decodeValue(encodeValue(decoded.value));
    assert(isDeepStrictEqual(plain(again), plain(decoded.value)));
  };

  const descriptor = (bytes: Buffer): void => {
    try {
      const changed = protoFile(bytes);
      const others = files.filter(({ name }) => name !== changed.name);
      for (const { methods } of Object.values(servicesFromFiles([...others, changed])))
        for (const { request } of Object.values(methods)) request.decode(request.encode({}));
    } catch (error) {
      assert(error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError), error as Error);
    }
  };

  return {
    shape: tags({ skip: 1 }),
    words: ['\x0a\x03', '\x12\0', '\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01', '\x1a\x03\x0a\x01a', '__proto__', '\x80'],
    run(input) {
      const kinds = [message, message, value, descriptor];
      kinds[(input[0] ?? 0) % 4]!(input.subarray(1));
      assert.equal(Object.keys(Object.prototype).length, 0, 'all objects have a new property');
    },
  };
}

/** What it gives; undefined when it is refused with a status. */
function accepted<T>(act: () => T, code?: Code): { value: T } | undefined {
  try {
    return { value: act() };
  } catch (error) {
    assert(error instanceof StatusError || (code === undefined && error instanceof Error), error as Error);
    if (code !== undefined) assert.equal((error as StatusError).code, code);
    assert(!(error instanceof TypeError || error instanceof RangeError), error as Error);
    return undefined;
  }
}

/** Bytes are equal whatever class they came in. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify({ value }, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each)),
  ) as unknown;
}
