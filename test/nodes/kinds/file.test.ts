import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'flowrpc-file-')));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'root/sub'), { recursive: true });
  await writeFile(join(folder, 'root/a.txt'), 'alpha');
  await writeFile(join(folder, 'secret.txt'), 'secret');
});

const node = (fields: object): object => ({ kind: 'file', name: 'f', root: 'root', ...fields });
const start = (fields: object) => runGraph([node(fields)], [], { baseDir: folder });

describe.each(placements)('file: %s edges', (placement) => {
  test('reads and writes, and sends what fails to `error`', async () => {
    const { call } = await place(
      placement,
      [
        { ...node({}), ports: to({ out: 'shout', error: 'code' }) },
        { kind: 'shout', name: 'shout' },
        { kind: 'code', name: 'code' },
        { ...node({ op: 'write' }), name: 'w' },
      ],
      {
        far: ['f', 'w'],
        baseDir: folder,
        kinds: [
          mapping('shout', (text: string) => text.toUpperCase()),
          mapping('code', (error: { code: number }) => error.code),
        ],
      },
    );

    expect(await call('f', 'a.txt')).toBe('ALPHA');
    expect(await call('f', 'missing.txt')).toBe(Code.NOT_FOUND);
    expect(await call('w', { path: 'sub/new.txt', data: 'Grüße' })).toEqual({ path: 'sub/new.txt', bytes: 7 });
    expect(await call('f', { path: 'sub/new.txt' })).toBe('GRÜSSE');
  });
});

describe('file', () => {
  test('reads as text, bytes or JSON', async () => {
    await writeFile(join(folder, 'root/b.json'), '{"a":[1]}');
    await writeFile(join(folder, 'root/c.bin'), new Uint8Array([0xff, 0]));

    expect(await (await start({ as: 'json' })).call('f', 'b.json')).toEqual({ a: [1] });
    expect(await (await start({ as: 'bytes' })).call('f', 'c.bin')).toEqual(new Uint8Array([0xff, 0]));
    await expect((await start({})).call('f', 'c.bin')).rejects.toThrow('wanted UTF-8 text, or as: bytes');
    await expect((await start({ as: 'json' })).call('f', 'a.txt')).rejects.toThrow('wanted JSON');
  });

  test('a path in the spec leaves the payload to be the data', async () => {
    const write = await start({ op: 'write', path: 'out.json' });
    const read = await start({ path: 'out.json' });

    await write.call('f', { a: [1n, null] });
    expect(await read.call('f', 'ignored')).toBe('{"a":["1",null]}');
    await write.call('f', new Uint8Array([0x41]));
    expect(await read.call('f', null)).toBe('A');
  });

  test('appends, looks, lists and deletes', async () => {
    const append = await start({ op: 'append', path: 'log' });
    await Promise.all(['one\n', 'two\n'].map((line) => append.call('f', line)));
    expect((await readFile(join(folder, 'root/log'), 'utf8')).split('\n').sort()).toEqual(['', 'one', 'two']);

    const list = await start({ op: 'list' });
    expect(await list.call('f', null)).toMatchObject([
      { name: 'a.txt', type: 'file', size: 5 },
      { name: 'log', type: 'file', size: 8 },
      { name: 'sub', type: 'folder' },
    ]);
    expect(await list.call('f', 'sub')).toEqual([]);
    const stat = await start({ op: 'stat' });
    expect(await stat.call('f', 'sub/../log')).toMatchObject({ path: 'log', name: 'log', type: 'file', size: 8 });

    const remove = await start({ op: 'delete' });
    expect(await remove.call('f', 'log')).toEqual({ path: 'log' });
    await expect(remove.call('f', 'log')).rejects.toMatchObject({ code: Code.NOT_FOUND });
    await expect(remove.call('f', 'sub')).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
  });

  test.each(['read', 'write', 'append', 'delete', 'list', 'stat'])('%s does not lead out of the root', async (op) => {
    await symlink(folder, join(folder, 'root/up'));
    await symlink(join(folder, 'secret.txt'), join(folder, 'root/link'));
    const graph = await start({ op });
    const call = (path: string) => graph.call('f', op === 'write' || op === 'append' ? { path, data: 'x' } : path);

    for (const path of [
      '../secret.txt',
      'sub/../../secret.txt',
      join(folder, 'secret.txt'),
      'up/secret.txt',
      '/etc/passwd',
    ])
      await expect(call(path)).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });
    await expect(call('a\0.txt')).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    await expect(call('x'.repeat(5_000))).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    // A link itself may be looked at, removed and replaced; what it leads to is never reached.
    await call('link').catch((error: { code: number }) => expect(error.code).toBe(Code.PERMISSION_DENIED));

    expect(await readFile(join(folder, 'secret.txt'), 'utf8')).toBe('secret');
  });

  test('refuses what is no file, without waiting for it', async () => {
    execFileSync('mkfifo', [join(folder, 'root/pipe')]);
    const read = await start({});

    await expect(read.call('f', 'pipe')).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    await expect(read.call('f', 'sub')).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    const append = await start({ op: 'append' });
    await expect(append.call('f', { path: 'pipe', data: 'x' })).rejects.toThrow(/pipe/);
    const write = await start({ op: 'write' });
    await expect(write.call('f', { path: 'pipe', data: 'x' })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
    });
  });

  test('reads and writes no more than maxBytes; a write that fails leaves the old file and nothing else', async () => {
    const read = await start({ maxBytes: 4 });
    const write = await start({ op: 'write', maxBytes: 4 });

    await expect(read.call('f', 'a.txt')).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    await expect(write.call('f', { path: 'a.txt', data: 'alphabet' })).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
    });
    expect(await readFile(join(folder, 'root/a.txt'), 'utf8')).toBe('alpha');
    expect(await readdir(join(folder, 'root'))).toEqual(['a.txt', 'sub']);
  });

  test('a stream is read and written as it comes', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024, 'x');
    await writeFile(join(folder, 'root/large'), large);
    const graph = await runGraph(
      [
        { ...node({ as: 'stream', path: 'large' }), name: 'r', ports: to({ out: 'w' }) },
        { ...node({ op: 'write', path: 'copy', maxBytes: 20_000_000 }), name: 'w' },
        { ...node({ op: 'write', path: 'small', maxBytes: 1_000 }), name: 's' },
        { ...node({ as: 'stream', path: 'large' }), name: 'r2', ports: to({ out: 's' }) },
      ],
      [],
      { baseDir: folder },
    );

    expect(await graph.call('r', null)).toEqual({ path: 'copy', bytes: large.byteLength });
    expect((await readFile(join(folder, 'root/copy'))).equals(large)).toBe(true);
    await expect(graph.call('r2', null)).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect((await readdir(join(folder, 'root'))).sort()).toEqual(['a.txt', 'copy', 'large', 'sub']);
  });

  test.each([
    [{ op: 'read' }, 5, 'wanted a path, or { path }'],
    [{ op: 'write' }, 'a.txt', 'wanted { path, data }'],
    [{ op: 'write' }, { path: 'x' }, 'wanted { path, data }'],
  ])('refuses a payload that says too little: %j with %j', async (fields, payload, message) => {
    await expect((await start(fields)).call('f', payload)).rejects.toThrow(message);
  });

  test.each([{ root: '' }, { root: 'root', op: 'move' }, { root: 'root', as: 'xml' }, { root: 'root', maxBytes: 0 }])(
    'refuses fields %j',
    async (fields) => {
      await expect(runGraph([{ kind: 'file', name: 'f', ...fields }])).rejects.toThrow(/field/);
    },
  );
});
