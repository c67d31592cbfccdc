import { Code, silentLogger } from 'flowrpc';
import { createLanguages } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { readScanFormat, scanText } from '../../src/nodes/format/scan-text.ts';
import { withoutTrailingSlashes } from '../../src/nodes/http/trailing-slashes.ts';

// Each input is so large that its time would not end within that of a test if it grew with the square of it.
test('an expression that names a large part of its payload again and again is ended', async () => {
  const row = `[${'self,'.repeat(100)}1]`;
  const program = await createLanguages()
    .get('cel')
    .compile(`[${`${row},`.repeat(100)}1]`, {});
  const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY, log: silentLogger };
  const payload = Array.from({ length: 300_000 }, (_, index) => index);

  expect(() => program.run([payload], context)).toThrow(expect.objectContaining({ code: Code.RESOURCE_EXHAUSTED }));
  expect(await (await createLanguages().get('cel').compile('[self, self]', {})).run([payload], context)).toEqual([
    payload,
    payload,
  ]);
});

test('narrow verbs read no further than their width', () => {
  const text = 'a1'.repeat(500_000);

  const found = scanText(readScanFormat('%1s%1d'.repeat(10_000)), text, false);

  expect(found).toMatchObject({ used: 20_000 });
});

test('withoutTrailingSlashes() takes a row of slashes at the end alone', () => {
  const row = '/'.repeat(1_000_000);

  expect(withoutTrailingSlashes(`${row}x`)).toHaveLength(1_000_001);
  expect(withoutTrailingSlashes(`/a${row}`)).toBe('/a');
  expect(withoutTrailingSlashes(row)).toBe('');
});
