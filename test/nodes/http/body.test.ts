import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Code } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { compress, decodeBody, encodeBody, parseContentEncoding } from '../../../src/nodes/http/index.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = async (body: string | Uint8Array, header: Record<string, string | string[]> = {}, options = {}) =>
  await decodeBody(typeof body === 'string' ? utf8(body) : body, header, options);

describe('decodeBody()', () => {
  test.each([
    ['application/json', '{"a":[1,null]}', { a: [1, null] }],
    ['application/problem+json; charset=utf-8', '"x"', 'x'],
    ['application/json', '\ufeff1', 1],
    ['text/plain; charset=utf-8', 'grüße', 'grüße'],
    ['text/html', '<p>', '<p>'],
    ['application/xml', '<a/>', '<a/>'],
    ['image/svg+xml', '<svg/>', '<svg/>'],
    ['application/x-www-form-urlencoded', 'a=1&b=x+y&a=%32', { a: ['1', '2'], b: ['x y'] }],
    ['application/octet-stream', 'abc', utf8('abc')],
    ['image/png', 'abc', utf8('abc')],
    ['no type at all', 'abc', utf8('abc')],
  ])('reads %s by its type (#98)', async (type, body, value) => {
    expect(await decode(body, { 'content-type': type })).toEqual(value);
  });

  test('gives bytes without a content type, and nothing for no body', async () => {
    expect(await decode('abc')).toEqual(utf8('abc'));
    expect(await decode('')).toBeUndefined();
    expect(await decode('', { 'Content-Type': 'application/json' })).toBeUndefined();
    expect(await decode('', { 'Content-Type': 'text/plain' })).toBe('');
    expect(await decode('', { 'Content-Type': 'image/png' })).toEqual(new Uint8Array());
  });

  test('reads other charsets', async () => {
    expect(await decode(Uint8Array.of(0x67, 0xfc), { 'Content-Type': 'text/plain; charset=ISO-8859-1' })).toBe('gü');
    expect(await decode(Uint8Array.of(0x83, 0x65), { 'Content-Type': 'text/plain; charset=shift_jis' })).toBe('テ');
    await expect(decode('x', { 'Content-Type': 'text/plain; charset=nope' })).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
    });
  });

  test.each([
    ['JSON', '{"password":"hunter2"', { 'Content-Type': 'application/json' }],
    ['JSON in bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), { 'Content-Type': 'application/json' }],
    ['deep JSON', '['.repeat(100_000), { 'Content-Type': 'application/json' }],
    ['a form', 'a=%zz', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['multipart', 'nothing', { 'Content-Type': 'multipart/form-data; boundary=x' }],
    ['multipart without boundary', 'nothing', { 'Content-Type': 'multipart/form-data' }],
    ['gzip', 'nothing', { 'Content-Encoding': 'gzip' }],
  ])('refuses malformed %s with INVALID_ARGUMENT, and does not quote it', async (_, body, header) => {
    const error = await decode(body, header as unknown as Record<string, string>).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(String(error)).not.toContain('hunter2');
  });

  test.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
  ])('reads %s', async (coding, pack) => {
    const header = { 'Content-Type': 'application/json', 'Content-Encoding': coding };

    expect(await decode(pack('{"a":1}'), header)).toEqual({ a: 1 });
  });

  test('reads two codings, and refuses more and unknown ones with UNIMPLEMENTED', async () => {
    const twice = brotliCompressSync(gzipSync('abc'));

    expect(await decode(twice, { 'Content-Type': 'text/plain', 'content-encoding': ['gzip', 'br'] })).toBe('abc');
    await expect(decode('x', { 'Content-Encoding': 'zstd' })).rejects.toMatchObject({ code: Code.UNIMPLEMENTED });
    await expect(decode('x', { 'Content-Encoding': 'gzip, gzip, gzip' })).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
    });
  });

  test.each(['gzip', 'deflate', 'br'] as const)('stops a %s bomb at maxBytes', async (coding) => {
    const bomb = await compress(new Uint8Array(50_000_000), [coding]);

    await expect(decode(bomb, { 'Content-Encoding': coding }, { maxBytes: 100_000 })).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
    });
  });

  test('bounds the fields of a form and the parts of multipart', async () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const parts = Array.from(
      { length: 1_001 },
      (_, i) => `--x\r\nContent-Disposition: form-data; name="f${i}"\r\n\r\nv\r\n`,
    );

    await expect(decode('a&'.repeat(2_000), form)).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    await expect(
      decode(`${parts.join('')}--x--`, { 'Content-Type': 'multipart/form-data; boundary=x' }),
    ).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  });

  const part = (header: string): string => `--x\r\n${header}\r\n\r\nv\r\n`;
  const named = part('Content-Disposition: form-data; name="a"');

  test.each([
    ['without a name', part('Content-Disposition: form-data')],
    ['of a file without a name', part('Content-Disposition: form-data; filename="f"')],
    ['without Content-Disposition', part('Content-Type: text/plain')],
    ['with too long a header', part(`X: ${'x'.repeat(20_000)}\r\nContent-Disposition: form-data; name="b"`)],
  ])('a part %s is refused, not left out', async (_what, odd) => {
    const type = { 'Content-Type': 'multipart/form-data; boundary="x"' };

    expect(await decode(`${named}${named}--x--`, type)).toEqual({ values: { a: ['v', 'v'] }, files: {} });
    for (const body of [`${odd}--x--`, `${named}${odd}--x--`, `${odd}${named}--x--`])
      await expect(decode(body, type)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  test('a field named __proto__ is a field', async () => {
    const value = await decode('__proto__=1', { 'Content-Type': 'application/x-www-form-urlencoded' });

    expect(Object.keys(value as object)).toEqual(['__proto__']);
  });
});

describe('encodeBody()', () => {
  test.each([
    ['text', 'grüße', 'text/plain; charset=utf-8', utf8('grüße')],
    ['a mapping', { a: 1, b: undefined }, 'application/json', utf8('{"a":1}')],
    ['a number', 1, 'application/json', utf8('1')],
    ['bytes', Uint8Array.of(1, 2), 'application/octet-stream', Uint8Array.of(1, 2)],
    [
      'what JSON has no form for',
      { a: 1n, b: Uint8Array.of(1), c: Number.NaN, d: new Error('x') },
      'application/json',
      utf8('{"a":"1","b":"AQ==","c":"NaN","d":{"message":"x"}}'),
    ],
  ])('chooses the type by the value: %s', (_, body, contentType, bytes) => {
    expect(encodeBody(body)).toEqual({ contentType, bytes });
  });

  test('writes by the given type', () => {
    const written = (body: unknown, type: string): string =>
      Buffer.from(encodeBody(body, { 'content-type': [type] }).bytes).toString('latin1');

    expect(written('x', 'application/json')).toBe('"x"');
    expect(written(null, 'application/json')).toBe('null');
    expect(written({ a: ['1', 2], b: 'x y' }, 'application/x-www-form-urlencoded')).toBe('a=1&a=2&b=x+y');
    expect(written('<a/>', 'application/xml')).toBe('<a/>');
    expect(written(12, 'text/plain')).toBe('12');
    expect(written('gü', 'text/plain; charset=iso-8859-1')).toBe('gü');
    expect(written('x', 'image/png')).toBe('x');
    expect(written(Uint8Array.of(0x7b), 'application/json')).toBe('{');
  });

  test('no value is no body', () => {
    expect(encodeBody(undefined)).toEqual({ bytes: new Uint8Array(), contentType: undefined });
    expect(encodeBody(null, { 'Content-Type': 'text/plain' })).toEqual({
      bytes: new Uint8Array(),
      contentType: undefined,
    });
  });

  test.each([
    [{ a: 1 }, 'image/png'],
    [[1], 'text/plain'],
    [[1], 'application/x-www-form-urlencoded'],
    [{ a: { b: 1 } }, 'application/x-www-form-urlencoded'],
    ['x', 'multipart/form-data'],
    ['я', 'text/plain; charset=iso-8859-1'],
  ])('refuses %j as %s with INVALID_ARGUMENT', (body, type) => {
    expect(() => encodeBody(body, { 'Content-Type': type })).toThrow(
      expect.objectContaining({ code: Code.INVALID_ARGUMENT }),
    );
  });

  test('multipart has values and files, and comes back as it went (#98)', async () => {
    const body = {
      values: { name: ['Ada', 'Bob'], 'odd "name"': ['x'] },
      files: {
        photo: [
          { filename: 'ü.png', header: { 'Content-Type': ['image/png'] }, size: 3, data: Uint8Array.of(1, 2, 3) },
        ],
        notes: [{ filename: 'n.json', header: { 'Content-Type': ['application/json'] }, size: 7, data: { a: 1 } }],
      },
    };

    const { bytes, contentType } = encodeBody(body, { 'Content-Type': 'multipart/form-data' });
    const back = await decode(bytes, { 'Content-Type': contentType! });

    expect(back).toEqual({ ...body, values: { name: ['Ada', 'Bob'], 'odd %22name%22': ['x'] } });
  });

  test('fetch reads our multipart, and we read that of fetch', async () => {
    const { bytes, contentType } = encodeBody(
      { a: 'x', files: { f: 'content' } },
      { 'Content-Type': 'multipart/form-data' },
    );
    const theirs = await new Response(bytes, { headers: { 'Content-Type': contentType! } }).formData();
    const form = new FormData();
    form.append('a', 'ü');
    form.append('f', new Blob(['content'], { type: 'text/plain' }), 'f.txt');
    const sent = new Response(form);
    const ours = await decode(new Uint8Array(await sent.arrayBuffer()), {
      'Content-Type': sent.headers.get('content-type')!,
    });

    expect(theirs.get('a')).toBe('x');
    expect(await (theirs.get('f') as File).text()).toBe('content');
    expect(ours).toEqual({
      values: { a: ['ü'] },
      files: { f: [{ filename: 'f.txt', header: { 'Content-Type': ['text/plain'] }, size: 7, data: 'content' }] },
    });
  });

  test('JSON and forms come back as they went', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const { bytes } = encodeBody(value, { 'Content-Type': 'application/json' });
        expect(decodeBody(bytes, { 'Content-Type': 'application/json' })).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.array(fc.string(), { minLength: 1 })), (form) => {
        const header = { 'Content-Type': 'application/x-www-form-urlencoded' };
        const { bytes } = encodeBody(form, header);
        expect(decodeBody(bytes, header) ?? {}).toEqual(Object.fromEntries(Object.entries(form)));
      }),
    );
  });
});

describe('decodeBody() with any bytes', () => {
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; charset=utf-16le',
    'x',
  ];

  test('gives a value or a StatusError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...types),
        fc.constantFrom('', 'gzip', 'br', 'deflate'),
        async (bytes, type, coding) => {
          try {
            await decodeBody(bytes, { 'Content-Type': type, 'Content-Encoding': coding });
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: expect.any(Number) });
          }
        },
      ),
    );
  });

  test('parseContentEncoding() leaves identity out', () => {
    expect(parseContentEncoding('identity, GZIP')).toEqual(['gzip']);
    expect(parseContentEncoding(undefined)).toEqual([]);
  });
});
