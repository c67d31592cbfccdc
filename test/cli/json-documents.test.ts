import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonDocuments } from '../../src/cli/json-documents.ts';

async function read(chunks: Iterable<Uint8Array>, maxLength?: number): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const { value } of jsonDocuments(chunks, { source: 'test', maxLength })) values.push(value);
  return values;
}

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) yield bytes.subarray(at, (at += size));
  yield bytes.subarray(at);
}

test('jsonDocuments() reads any values in a row, wherever the bytes are cut', async () => {
  const values = fc.array(fc.jsonValue({ maxDepth: 3 }));
  const gap = fc.constantFrom(' ', '\n', '\r\n', '\t\n ');

  await fc.assert(
    fc.asyncProperty(
      values,
      gap,
      fc.integer({ min: 0, max: 2 }),
      fc.array(fc.nat(9)),
      async (list, between, indent, sizes) => {
        const texts = list.map((value) => JSON.stringify(value, null, indent));

        const result = await read(cut(Buffer.from(texts.join(between)), sizes));

        expect(result).toEqual(texts.map((text) => JSON.parse(text)));
      },
    ),
  );
});

test('jsonDocuments() needs nothing between documents that end by themselves', async () => {
  const result = await read([Buffer.from('{"a":"}{"}[1]"x\\"y"7{}')]);

  expect(result).toEqual([{ a: '}{' }, [1], 'x"y', 7, {}]);
});

test('jsonDocuments() hands a document over before the input ends', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"n":1}');
    await new Promise(() => {});
  }

  const first = await jsonDocuments(endless(), { source: 'test' }).next();

  expect(first.value).toEqual({ value: { n: 1 }, line: 1 });
});

test.each([
  ['{"a":1}\n{\n}\n{"b":}', 'Cannot read test, line 4: Unexpected token'],
  ['{"a":1}\n\n{"b":[1', 'Cannot read test, line 3: '],
  ['nul', 'Cannot read test, line 1: Unexpected end'],
  [']', 'Cannot read test, line 1: Unexpected token'],
])('jsonDocuments() names the line of what is no JSON: %j', async (text, message) => {
  await expect(read([Buffer.from(text)])).rejects.toThrow(message);
});

test('jsonDocuments() refuses bytes that are not text', async () => {
  await expect(read([new Uint8Array([0x7b, 0xff, 0xfe])])).rejects.toThrow(
    'Cannot read test, line 1: it is not UTF-8 text',
  );
});

test('jsonDocuments() stops reading a document that is too long', async () => {
  let chunks = 0;
  function* endless(): Generator<Uint8Array> {
    for (;;) {
      chunks += 1;
      yield Buffer.alloc(1024, '[');
    }
  }

  await expect(read(endless(), 10_000)).rejects.toThrow(
    'Cannot read test, line 1: the document is longer than 10000 characters',
  );
  expect(chunks).toBe(10);
});
