import { inspect } from 'node:util';
import fc from 'fast-check';
import { connect, createServer, inProcess, Metadata, silentLogger } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';

const name = fc.stringMatching(/^x-[a-z0-9_.-]{0,12}$/).filter((key) => !key.endsWith('-bin'));
const text = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,20}[\x21-\x7e])?$/);
const pair = fc.oneof(
  fc.tuple(name, text),
  fc.tuple(
    name.map((key) => `${key}-bin`),
    fc.uint8Array({ maxLength: 40 }),
  ),
);

describe('Metadata', () => {
  test('legal pairs survive a call, in order per key, bytes intact', async () => {
    let seen: [string, unknown][] = [];
    const server = createServer({
      logger: silentLogger,
      limits: { maxMetadataPairs: 1_000, maxMetadataBytes: 1_000_000 },
    }).add(ProbeService, {
      unary: (request, { metadata }) => {
        seen = flat(metadata);
        return request;
      },
    });
    await using channel = connect(inProcess(server), { trace: false });
    const { unary } = channel.client(ProbeService);

    await fc.assert(
      fc.asyncProperty(fc.array(pair, { maxLength: 12 }), async (pairs) => {
        await unary({ text: '', n: 0 }, { metadata: pairs });

        const expected = new Map<string, unknown[]>();
        for (const [key, value] of pairs)
          expected.set(key, [...(expected.get(key) ?? []), typeof value === 'string' ? value : [...value]]);
        expect(seen).toEqual([...expected].flatMap(([key, values]) => values.map((value) => [key, value])));
      }),
      { numRuns: 60 },
    );
  });

  test('keys are found and kept in any case', () => {
    const metadata = new Metadata({ 'X-Token': 'a' }).append('x-TOKEN', 'b');

    expect(metadata.getAll('x-token')).toEqual(['a', 'b']);
    expect(metadata.get('X-TOKEN')).toBe('a');
    expect(metadata.has('X-Token')).toBe(true);
    expect([...metadata.keys()]).toEqual(['x-token']);
    expect(metadata.delete('X-ToKeN')).toBe(true);
    expect(metadata.size).toBe(0);
  });

  test.each(['', 'a b', 'ä', ':path', 'a\n', 'a:b', 'ключ', 'xxx\0'])(
    'an illegal key %j is refused, naming it',
    (key) => {
      expect(() => new Metadata().set(key, 'v')).toThrow(TypeError);
      expect(() => new Metadata({ [key]: 'v' })).toThrow(`Cannot set metadata key ${JSON.stringify(key)}`);
    },
  );

  test.each(['grpc-foo', 'grpc-timeout', 'GRPC-Status', 'content-type', 'te', 'connection', 'user-agent', 'host'])(
    'a reserved key %s is refused, naming it',
    (key) => {
      expect(() => new Metadata().append(key, 'v')).toThrow(
        `Cannot set metadata key "${key.toLowerCase()}": it is reserved for the protocol`,
      );
    },
  );

  test.each([
    ['x-a', 'line\nfeed'],
    ['x-a', 'ü'],
    ['x-a', 'tab\t'],
    ['x-a', '\0'],
    ['x-a', Uint8Array.of(1)],
    ['x-a', 5],
    ['x-a', null],
    ['x-a-bin', 'text'],
    ['x-a-bin', 5],
    ['x-a-bin', [1, 2]],
  ])('%s cannot hold %j', (key, value) => {
    expect(() => new Metadata().set(key, value as string)).toThrow(TypeError);
    expect(() => new Metadata().set(key, value as string)).toThrow(`"${key}"`);
  });

  test('what cannot travel is refused before anything is sent, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array(), fc.anything()),
        (key, value) => {
          let metadata: Metadata;
          try {
            metadata = new Metadata().set(key, value as string);
          } catch (error) {
            expect(error).toBeInstanceOf(TypeError);
            return;
          }
          const [stored] = [...metadata];
          expect(stored![0]).toMatch(/^[0-9a-z_.-]+$/);
          if (stored![0].endsWith('-bin')) expect(stored![1]).toBeInstanceOf(Uint8Array);
          else expect(stored![1]).toMatch(/^[\x20-\x7e]*$/);
        },
      ),
    );
  });

  test('byteLength is never less than the bytes of keys and values', () => {
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const metadata = new Metadata(pairs);
        const bytes = pairs.reduce((sum, [key, value]) => sum + key.length + value.length, 0);

        expect(metadata.byteLength).toBeGreaterThanOrEqual(bytes);
        expect(metadata.size).toBe(pairs.length);
      }),
    );
  });

  test('a clone is independent, merge replaces the keys it brings', () => {
    const first = new Metadata({ 'x-a': ['1', '2'], 'x-b': '3' });
    const copy = first
      .clone()
      .append('x-a', '4')
      .merge(new Metadata({ 'x-b': ['5', '6'] }));

    expect(first.getAll('x-a')).toEqual(['1', '2']);
    expect(copy.getAll('x-a')).toEqual(['1', '2', '4']);
    expect(copy.getAll('x-b')).toEqual(['5', '6']);
    expect(first.get('x-b')).toBe('3');
  });

  test('printing shows values of known harmless keys only', () => {
    const metadata = new Metadata({ authorization: 'Bearer secret', 'x-request-id': 'r1' });

    expect(inspect(metadata)).not.toContain('secret');
    expect(JSON.stringify({ metadata })).toBe('{"metadata":{"authorization":["<redacted>"],"x-request-id":["r1"]}}');
  });
});

function flat(metadata: Iterable<readonly [string, string | Uint8Array]>): [string, unknown][] {
  return [...metadata].map(([key, value]) => [key, typeof value === 'string' ? value : [...value]]);
}
