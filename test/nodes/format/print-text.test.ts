import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Code, silentLogger } from 'flowrpc';
import { createGraph, type Graph, readSpecs } from 'flowrpc/graph';
import { kinds } from 'flowrpc/nodes';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

let folder: string;
let graph: Graph;
let printed = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowrpc-print-'));
  const { specs } = readSpecs([{ kind: 'print', name: 'p', filename: 'out.txt' }]);
  graph = await createGraph({ specs, kinds, baseDir: folder, logger: silentLogger });
});
afterAll(async () => {
  await graph.close();
  await rm(folder, { recursive: true });
});

/** What the node adds to its file. */
async function print(...payload: unknown[]): Promise<string> {
  await graph.call('p', payload);
  const all = await readFile(join(folder, 'out.txt'), 'utf8');
  const added = all.slice(printed.length);
  printed = all;
  return added;
}

describe('format verbs (#97)', () => {
  test.each<[format: string, values: unknown[], text: string]>([
    ['%v %v %v %v', [1, 'a', true, null], '1 a true null'],
    ['%v %v', [{ a: [1, 'x'] }, [1, 2]], '{"a":[1,"x"]} [1,2]'],
    ['%v %v', [10n ** 20n, new Uint8Array([0x41])], '100000000000000000000 A'],
    ['%d|%5d|%-5d|%05d|%+d|% d', [1, 2, 3, -4, 5, 6], '1|    2|3    |-0004|+5| 6'],
    ['%s|%5s|%-5s|%.2s', ['a', 'b', 'c', 'äöü'], 'a|    b|c    |äö'],
    ['%q %q', ['say "hi"\n', 5], '"say \\"hi\\"\\n" "5"'],
    ['%x %X %#x %x %x', [255, 255, 255, 'hi', new Uint8Array([1, 255])], 'ff FF 0xff 6869 01ff'],
    ['%o %#o %b %#b %x', [8, 8, 5, 5, -255], '10 0o10 101 0b101 -ff'],
    ['%c%c', [65, '€'], 'A€'],
    ['%f %.2f %8.3f|%-8.1f|%08.2f', [1.5, 1.005, Math.PI, 2, -3.5], '1.500000 1.00    3.142|2.0     |-0003.50'],
    ['%e %.1E %g %g %g', [12345.678, 0.00012, 0.5, 1e21, 100000], '1.234568e+04 1.2E-04 0.5 1e+21 100000'],
    ['%t %t', [true, false], 'true false'],
    ['%*d|%.*f', [4, 7, 1, 2.25], '   7|2.3'],
    ['100%% %d%%', [5], '100% 5%'],
    ['%f %f', [Number.NaN, Number.POSITIVE_INFINITY], 'NaN +Inf'],
    ['no verbs', [], 'no verbs'],
  ])('%s', async (format, values, text) => {
    expect(await print(format, ...values)).toBe(text);
  });

  test.each<[format: string, values: unknown[], message: string]>([
    ['%d', ['x'], 'Cannot print value 1 with "%d": it is text, wanted a whole number'],
    ['%v %d', [1, 1.5], 'Cannot print value 2 with "%d": it is a number, wanted a whole number'],
    ['%t', [1], 'wanted true or false'],
    ['%f', ['1'], 'wanted a number'],
    ['%c', ['ab'], 'wanted a character or its number'],
    ['%d %d', [1], 'the format wants more than 1 values'],
    ['%d', [1, 2], '1 are left over'],
    ['50%', [], 'Cannot use "%" at 3 of the format'],
    ['%z', [1], 'Cannot use "%z" at 1 of the format: wanted one of %v'],
    ['%99999d', [1], 'wanted a width of at most 10000'],
    ['%*d', [-1, 1], 'as a width'],
  ])('refuses %j with %j', async (format, values, message) => {
    await expect(graph.call('p', [format, ...values])).rejects.toMatchObject({
      code: Code.INVALID_ARGUMENT,
      statusMessage: expect.stringContaining(message),
    });
  });

  test('a text that gets too long is refused before all of it is made', async () => {
    const format = '%9999d'.repeat(10_900);
    let made = 0;
    const padding = vi.spyOn(String.prototype, 'repeat').mockImplementation(function (this: string, count: number) {
      made += count;
      return Array(count + 1).join(this);
    });
    onTestFinished(() => padding.mockRestore());

    await expect(graph.call('p', [format, ...Array(10_900).fill(1)])).rejects.toThrow('a text of more than 16777216');
    expect(made).toBeLessThan(20_000_000);
  });

  test('any whole number is padded to its width with its sign first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.maxSafeInteger(), fc.integer({ min: 1, max: 30 }), async (number, width) => {
        const text = await print(`%0${width}d`, number);

        expect(text.length).toBe(Math.max(width, String(number).length));
        expect(Number(text)).toBe(number + 0);
      }),
      { interruptAfterTimeLimit: 2_000 },
    );
  });
});
