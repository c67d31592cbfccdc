import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Code } from 'flowrpc';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'flowrpc-scan-')));
  onTestFinished(() => rm(folder, { recursive: true }));
});
const given = (text: string, name = 'in.txt'): Promise<void> => writeFile(join(folder, name), text);

describe.each(placements)('scan: %s edges', (placement) => {
  test('reads on where it ended, and sends what fails to `error` (#97)', async () => {
    await given('1 one\n2 two\nx three\n4 four\n');
    const { call } = await place(
      placement,
      [
        { kind: 'scan', name: 's', filename: 'in.txt', ports: to({ error: 'e' }) },
        { kind: 'e', name: 'e' },
      ],
      { far: ['s'], baseDir: folder, kinds: [mapping('e', (error: { code: number }) => error.code)] },
    );

    expect(await call('s', '%d %s')).toEqual([1, 'one']);
    expect(await call('s', ['%d %s'])).toEqual([2, 'two']);
    expect(await call('s', '%d %s')).toBe(Code.INVALID_ARGUMENT);
    expect(await call('s', '%d %s')).toEqual([4, 'four']);
    expect(await call('s', '%d %s')).toBe(Code.OUT_OF_RANGE);
  });
});

describe('scan', () => {
  const scanning = async (text: string) => {
    await given(text);
    const graph = await runGraph([{ kind: 'scan', name: 's', filename: 'in.txt' }], [], { baseDir: folder });
    return (format: unknown) => graph.call('s', format);
  };

  test.each<[text: string, format: string, values: unknown[]]>([
    ['12,-3', '%d,%i', [12, -3]],
    ['  7   8', '%d%d', [7, 8]],
    ['ff 0x1F 17 101', '%x %x %o %b', [255, 31, 15, 5]],
    ['1.5 -2e3 .5', '%f %e %g', [1.5, -2000, 0.5]],
    ['word and "quoted \\"text\\""', '%s and %q', ['word', 'quoted "text"']],
    ['true false', '%t %t', [true, false]],
    ['ab c', '%c%c%c%s', ['a', 'b', ' ', 'c']],
    ['20261121', '%4d%2d%2d', [2026, 11, 21]],
    ['skip 5', '%*s %d', [5]],
    ['1 1.5 true x', '%v %v %v %v', [1, 1.5, true, 'x']],
    ['99999999999999999999', '%d', [99999999999999999999n]],
    ['50% done', '%d%% %s', [50, 'done']],
    ['a=1;b=2', 'a=%d;b=%d', [1, 2]],
    ['Grüße 5', '%s %d', ['Grüße', 5]],
  ])('finds values in %s by %s', async (text, format, values) => {
    expect(await (await scanning(text))(format)).toEqual(values);
  });

  test.each<[text: string, format: unknown, code: number, message: string]>([
    ['x', '%d', Code.INVALID_ARGUMENT, 'Cannot scan "x" with "%d": wanted a whole number'],
    ['a-b', 'a=%s', Code.INVALID_ARGUMENT, 'the format wants "a=" there'],
    ['maybe', '%t', Code.INVALID_ARGUMENT, 'wanted true or false'],
    ['plain', '%q', Code.INVALID_ARGUMENT, 'wanted text in double quotes'],
    ['', '%d', Code.OUT_OF_RANGE, 'the input is over'],
    ['1', '%d %d', Code.OUT_OF_RANGE, 'ended after 1 of the values'],
    ['9'.repeat(100_000), '%d', Code.INVALID_ARGUMENT, 'a number of more than 1000 digits'],
    [`${'1'.repeat(500_000)}x`, '%v %d', Code.OUT_OF_RANGE, 'ended after 1 of the values'],
    [`${'1'.repeat(500_000)}..`, '%f', Code.INVALID_ARGUMENT, 'wanted a number'],
    [`${' '.repeat(1_100_000)}1`, '%d', Code.RESOURCE_EXHAUSTED, 'more than 1048576 characters'],
    ['1', '%y', Code.INVALID_ARGUMENT, 'Cannot use "%y" at 1 of the format'],
    ['1', 5, Code.INVALID_ARGUMENT, 'Cannot scan with a number as format: wanted text'],
  ])('refuses %j by %j', async (text, format, code, message) => {
    await expect((await scanning(text))(format)).rejects.toMatchObject({
      code,
      statusMessage: expect.stringContaining(message),
    });
  });

  test('finds values that lie across the pieces in which a file is read', async () => {
    const numbers = Array.from({ length: 20_000 }, (_, n) => n * 7);
    const scan = await scanning(numbers.join('\n'));

    expect(await scan('%d '.repeat(20_000))).toEqual(numbers);
  });

  test('reads back what `print` has written, whatever it is (#97)', async () => {
    await given('');
    const graph = await runGraph(
      [
        { kind: 'print', name: 'p', filename: 'in.txt' },
        { kind: 'scan', name: 's', filename: 'in.txt' },
      ],
      [],
      { baseDir: folder },
    );
    const line = fc.tuple(
      fc.maxSafeInteger(),
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
    );

    await fc.assert(
      fc.asyncProperty(line, async (values) => {
        const [whole, text, number, flag] = values;
        await graph.call('p', ['%d %q %.17e %t\n', ...values]);

        expect(await graph.call('s', '%d %q %e %t')).toEqual([whole + 0, text, number, flag]);
      }),
      { interruptAfterTimeLimit: 3_000 },
    );
  });

  test('sees what is added to its file later', async () => {
    const scan = await scanning('1\n');

    expect(await scan('%d')).toEqual([1]);
    await expect(scan('%d')).rejects.toMatchObject({ code: Code.OUT_OF_RANGE });
    await appendFile(join(folder, 'in.txt'), '2\n');
    expect(await scan('%d')).toEqual([2]);
  });

  test('without a filename each packet begins with one, and the file is read from its beginning (#97)', async () => {
    await given('5 6');
    const graph = await runGraph([{ kind: 'scan', name: 's', root: '.' }], [], { baseDir: folder });
    const closed = await runGraph([{ kind: 'scan', name: 's' }], [], { baseDir: folder });

    await expect(closed.call('s', ['in.txt', '%d'])).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
    expect(await graph.call('s', ['in.txt', '%d'])).toEqual([5]);
    expect(await graph.call('s', ['in.txt', '%d'])).toEqual([5]);
    for (const path of ['/etc/passwd', '../x'])
      await expect(graph.call('s', [path, '%s'])).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
    await expect(graph.call('s', ['missing', '%s'])).rejects.toMatchObject({ code: Code.NOT_FOUND });
    await expect(graph.call('s', ['stdout', '%s'])).rejects.toThrow('Cannot scan stdout');
    await expect(graph.call('s', '%d')).rejects.toThrow('wanted [filename, format]');
  });

  test('reads stdin line by line; one who is cancelled meanwhile takes nothing, and the program ends (#97)', async () => {
    const program = `
      import { createGraph, parseSpecs } from 'flowrpc/graph';
      import { kinds } from 'flowrpc/nodes';
      import { silentLogger } from 'flowrpc';
      const { specs } = parseSpecs('[{ kind: scan, name: s, filename: stdin }]');
      const graph = await createGraph({ specs, kinds, logger: silentLogger });
      const cancel = new AbortController();
      const cancelled = graph.call('s', '%d %s', { signal: cancel.signal }).catch((error) => error.code);
      setTimeout(() => cancel.abort(), 100);
      console.log('code', await cancelled);
      console.log(JSON.stringify(await graph.call('s', '%d %s\\n')));
      console.log(JSON.stringify(await graph.call('s', '%s')));
      console.log(await graph.call('s', '%s').catch((error) => error.code));
      await graph.close();
    `;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=@flowrpc/source', '--input-type=module', '-e', program],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stdin.write('1 ');

    await expect.poll(() => out, { timeout: 20_000 }).toBe(`code ${Code.CANCELLED}\n`);
    child.stdin.write('one\n');
    await expect.poll(() => out, { timeout: 10_000 }).toContain('[1,"one"]\n');
    child.stdin.end('last');

    await expect.poll(() => child.exitCode, { timeout: 10_000 }).toBe(0);
    expect(out).toBe(`code ${Code.CANCELLED}\n[1,"one"]\n["last"]\n${Code.OUT_OF_RANGE}\n`);
  }, 40_000);

  test('a call that waits for input ends when it is cancelled (deadline)', async () => {
    const graph = await runGraph([{ kind: 'scan', name: 's', filename: 'stdin' }]);

    await expect(graph.call('s', '%d', { timeoutMs: 50 })).rejects.toMatchObject({
      code: expect.toBeOneOf([Code.DEADLINE_EXCEEDED, Code.OUT_OF_RANGE]),
    });
  });
});
