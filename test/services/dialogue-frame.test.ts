import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StatusError } from '../../src/core/status-error.ts';
import { RawDialogue } from '../../src/services/dialogue-frame.ts';
import { Dialogue, Frame } from '../../src/wire/gen/flowrpc/v1/dialogue.ts';
import { loadFiles } from '../../src/wire/index.ts';
import { decodeValue, encodeValue } from '../../src/wire/value.ts';

const { request: raw } = RawDialogue.methods.open;
const payload = fc.jsonValue({ maxDepth: 3 });
const id = fc.integer({ min: 0, max: 0xffff_ffff });

test('frames with payloads as bytes are the bytes that the published type has, both ways', () => {
  fc.assert(
    fc.property(id, fc.string(), payload, fc.dictionary(fc.string(), fc.string()), (id, name, value, metadata) => {
      const bytes = raw.encode({
        kind: { case: 'request', value: { id, name, payload: encodeValue(value), timeoutMs: 5, metadata } },
      });

      const again = raw.decode(Frame.encode(Frame.decode(bytes)));

      if (again.kind?.case !== 'request') throw new Error('another kind');
      expect(again.kind.value).toMatchObject({ id, timeoutMs: 5 });
      expect(decodeValue(again.kind.value.payload)).toEqual(decodeValue(encodeValue(value)));
    }),
  );
});

test('bytes from anywhere are a frame or INTERNAL, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        raw.decode(bytes);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(StatusError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('the service is the published one, and frames are not shown in logs', async () => {
  const files = await loadFiles('proto/flowrpc/v1/dialogue.proto', { includeDirs: ['proto'] });
  const file = files.find(({ name }) => name === 'flowrpc/v1/dialogue.proto');

  expect(Buffer.from(RawDialogue.files[0]!.bytes)).toEqual(Buffer.from(file!.bytes));
  expect(RawDialogue.methods.open).toMatchObject({ path: '/flowrpc.v1.Dialogue/Open', kind: 'bidi' });
  expect(RawDialogue.files).toBe(Dialogue.files);
  expect(raw.redact).toBeUndefined();
  expect(await readFile('src/wire/gen/flowrpc/v1/dialogue.ts', 'utf8')).toContain('from flowrpc/v1/dialogue.proto');
});
