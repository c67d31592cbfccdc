import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'flowrpc-print-')));
  onTestFinished(() => rm(folder, { recursive: true }));
});
const content = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe.each(placements)('print: %s edges', (placement) => {
  test('adds to its file and gives the byte count; what fails goes to `error` (#97)', async () => {
    const { call } = await place(
      placement,
      [
        { kind: 'print', name: 'p', filename: 'log.txt', ports: to({ out: 'c', error: 'e' }) },
        { kind: 'c', name: 'c' },
        { kind: 'e', name: 'e' },
      ],
      {
        far: ['p'],
        baseDir: folder,
        kinds: [mapping('c', (count) => ['bytes', count]), mapping('e', (error: { code: number }) => error.code)],
      },
    );

    expect(await call('p', ['%s is %d\n', 'Ää', 3])).toEqual(['bytes', 10]);
    expect(await call('p', '100% as it is\n')).toEqual(['bytes', 14]);
    expect(await call('p', ['%d', 'x'])).toBe(Code.INVALID_ARGUMENT);
    expect(await content('log.txt')).toBe('Ää is 3\n100% as it is\n');
  });
});

describe('print', () => {
  test('prints any payload that is no list as it is, or in JSON', async () => {
    const graph = await runGraph([{ kind: 'print', name: 'p', filename: 'log.txt' }], [], { baseDir: folder });

    for (const payload of ['a', 1, null, { b: [2] }, new Uint8Array([0x41])]) await graph.call('p', payload);

    expect(await content('log.txt')).toBe('a1null{"b":[2]}A');
  });

  test('without a filename each packet begins with one (#97)', async () => {
    const graph = await runGraph([{ kind: 'print', name: 'p', root: '.' }], [], { baseDir: folder });

    expect(await graph.call('p', ['one.txt', 'n %d', 1])).toBe(3);
    await graph.call('p', ['two.txt', 'just text']);

    expect([await content('one.txt'), await content('two.txt')]).toEqual(['n 1', 'just text']);
    await expect(graph.call('p', 'text')).rejects.toThrow('wanted [filename, format, ...values]');
    await expect(graph.call('p', ['one.txt', 5])).rejects.toThrow('Cannot print with a number as format: wanted text');
  });

  test('a filename of a packet leads nowhere out of the root (S-11)', async () => {
    await writeFile(join(folder, 'secret'), 'secret');
    const graph = await runGraph([{ kind: 'print', name: 'p', root: 'logs' }], [], { baseDir: folder });
    await expect(graph.call('p', ['a', 'x'])).rejects.toMatchObject({ code: Code.NOT_FOUND });
    const inside = await runGraph([{ kind: 'print', name: 'p', root: '.' }], [], { baseDir: folder });
    await symlink(join(folder, '..'), join(folder, 'up'));
    await symlink('/etc/hostname', join(folder, 'link'));

    for (const path of ['../x', '/etc/x', 'up/x', 'link'])
      await expect(inside.call('p', [path, 'x'])).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
    await expect(inside.call('p', [5, 'x'])).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  test('without a root no packet names a file: those beside the spec are not for every caller', async () => {
    const graph = await runGraph([{ kind: 'print', name: 'p' }], [], { baseDir: folder });

    for (const name of ['graph.yaml', join(folder, 'graph.yaml'), './x'])
      await expect(graph.call('p', [name, 'x'])).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
  });

  test('many at once to a standard stream add one listener, and adding to a file leaves each text whole', async () => {
    const graph = await runGraph(
      [
        { kind: 'print', name: 'err', filename: 'stderr' },
        { kind: 'print', name: 'file', filename: 'log.txt' },
      ],
      [],
      { baseDir: folder },
    );
    const before = process.stderr.listenerCount('error');
    const done: (() => void)[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((_chunk, then) => {
      done.push(then as unknown as () => void);
      return true;
    });
    onTestFinished(() => write.mockRestore());

    const printed = Array.from({ length: 40 }, () => graph.call('err', 'x'));
    await expect.poll(() => done.length).toBe(40);
    expect(process.stderr.listenerCount('error')).toBe(before + 1);
    for (const then of done) then();
    await Promise.all(printed);
    await expect.poll(() => process.stderr.listenerCount('error')).toBe(before);

    const lines = Array.from({ length: 10 }, (_, index) => `${String(index).repeat(900_000)}\n`);
    await Promise.all(lines.map((line) => graph.call('file', line)));
    expect((await content('log.txt')).split('\n').filter(Boolean).sort()).toEqual(lines.map((line) => line.trim()));
  });

  test.each(['stdout', 'stderr', '/dev/stdout'] as const)('writes to %s (#97)', async (filename) => {
    const stream = filename === 'stderr' ? process.stderr : process.stdout;
    const write = vi.spyOn(stream, 'write').mockImplementation((_chunk, done) => {
      (done as unknown as () => void)();
      return true;
    });
    onTestFinished(() => write.mockRestore());
    const graph = await runGraph([
      { kind: 'print', name: 'p', filename },
      { kind: 'print', name: 'd' },
    ]);

    expect(await graph.call('p', ['%d\n', 1])).toBe(2);
    expect(await graph.call('d', [filename, 'text'])).toBe(4);

    expect(write.mock.calls.map(([chunk]) => String(chunk))).toEqual(['1\n', 'text']);
  });

  test('does not print to stdin, nor to what is no file', async () => {
    const graph = await runGraph(
      [
        { kind: 'print', name: 'p', filename: 'stdin' },
        { kind: 'print', name: 'd', filename: '.' },
      ],
      [],
      { baseDir: folder },
    );

    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const any = await runGraph([{ kind: 'print', name: 'p', root: '.' }], [], { baseDir: folder });

    await expect(any.call('p', ['pipe', 'x'])).rejects.toThrow(/pipe/);
    await expect(graph.call('p', 'x')).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    await expect(graph.call('d', 'x')).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
  });
});
