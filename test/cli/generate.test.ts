import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';
import { libraryProto } from './library.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flowrpc-generate-'));
});

test.concurrent('generate writes a module and prints its path', async () => {
  const out = join(dir, 'gen');

  const { code, stdout, stderr } = await flowrpc(['generate', libraryProto, '--out', out, '--runtime', 'my-runtime']);

  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${join(out, 'library.ts')}\n`, stderr: '' });
  const text = await readFile(join(out, 'library.ts'), 'utf8');
  expect(text).toContain("from 'my-runtime'");
  expect(text).toContain('pages: bigint;');
});

test.concurrent('generate --int64 string and --json do as they say', async () => {
  const out = join(dir, 'strings');

  const { code, stdout } = await flowrpc(['generate', libraryProto, '-o', out, '--int64', 'string', '--json']);

  expect({ code, written: JSON.parse(stdout) }).toEqual({ code: 0, written: [join(out, 'library.ts')] });
  expect(await readFile(join(out, 'library.ts'), 'utf8')).toContain('pages: string;');
});

test.concurrent('generate tells file and line of what is wrong', async () => {
  const file = join(dir, 'bad.proto');
  await writeFile(file, 'syntax = "proto3";\nmessage A {\n  strin a = 1;\n}\n');

  const [bad, missing] = await Promise.all([
    flowrpc(['generate', file, '-o', join(dir, 'none')]),
    flowrpc(['generate', join(dir, 'nowhere.proto'), '-o', join(dir, 'none')]),
  ]);

  expect(bad.stderr).toMatch(/^error: .*bad\.proto.*3.*\n$/);
  expect(missing.stderr).toMatch(/^error: .*nowhere\.proto.*\n$/);
  expect([bad.code, missing.code]).toEqual([1, 1]);
});
