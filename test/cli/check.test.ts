import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { flowrpc, nodeArgs } from './flowrpc.ts';

const right = `
- kind: snippet
  name: greet
  language: json
  code: '{"greeting":"hello"}'
  ports: { out: [{ name: end, port: in }] }
- kind: snippet
  name: end
  language: text
  code: bye
`;
const wrong = `
- kind: snipet
  name: a
- kind: snippet
  name: b
  language: text
  code: b
  ports: { out: [{ name: c, port: in }] }
`;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flowrpc-check-'));
  await writeFile(join(dir, 'right.yaml'), right);
  await writeFile(join(dir, 'wrong.yaml'), wrong);
});

test.concurrent('check accepts a graph without problems, in files or on stdin', async () => {
  const [file, stdin] = await Promise.all([
    flowrpc(['check', join(dir, 'right.yaml')]),
    flowrpc(['check', '-'], { input: right }),
  ]);

  expect(file).toEqual({ code: 0, stdout: 'ok: 2 nodes, 0 warnings\n', stderr: '' });
  expect(stdin).toEqual(file);
});

test.concurrent('check reports all problems with file and line, on stderr', async () => {
  const file = join(dir, 'wrong.yaml');

  const { code, stdout, stderr } = await flowrpc(['check', file]);

  const lines = stderr.trimEnd().split('\n');
  expect(lines.length).toBe(2);
  expect(lines[0]).toMatch(/wrong\.yaml:2:\d+: error: .*"snipet".*did you mean "snippet"\?/);
  expect(lines[1]).toMatch(/wrong\.yaml:8:\d+: error: .*"c"/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test.concurrent('check --json reports the same for machines', async () => {
  const { code, stdout, stderr } = await flowrpc(['check', join(dir, 'wrong.yaml'), '--json']);

  const report = JSON.parse(stdout) as { ok: boolean; nodes: number; problems: object[] };
  expect(report).toMatchObject({ ok: false, nodes: 2 });
  expect(report.problems[0]).toMatchObject({ severity: 'error', line: 2, suggestion: 'did you mean "snippet"?' });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
});

test.concurrent('check warns of a cycle and succeeds', async () => {
  const input = `[{ kind: fork, name: a, ports: { out: [{ name: b, port: in }] } }, { kind: fork, name: b, ports: { out: [{ name: a, port: in }] } }]`;

  const { code, stdout, stderr } = await flowrpc(['check', '-'], { input });

  expect(stderr).toMatch(/^<stdin>:1:\d+: warning: .*cycle/);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ok: 2 nodes, 1 warning\n' });
});

test.concurrent('check sees nodes of several files together', async () => {
  const file = join(dir, 'first.yaml');
  await writeFile(file, '{ kind: fork, name: first, ports: { out: [{ name: greet, port: in }] } }');

  const { code, stdout } = await flowrpc(['check', file, join(dir, 'right.yaml')]);

  expect({ code, stdout }).toEqual({ code: 0, stdout: 'ok: 3 nodes, 0 warnings\n' });
});

test.concurrent('check compares the types of an edge', async () => {
  const file = join(dir, 'typed.yaml');
  await writeFile(
    join(dir, 'types.proto'),
    'syntax = "proto3"; package t; message A { string x = 1; } message B { int32 x = 1; }',
  );
  await writeFile(
    file,
    `- { kind: snippet, name: a, language: json, code: '{}', proto: types.proto, types: { in: { response: t.A }, out: { request: t.A } }, ports: { out: [{ name: b, port: in }] } }
- { kind: snippet, name: b, language: json, code: '{}', proto: types.proto, types: { in: { request: t.B } } }
`,
  );

  const { code, stderr } = await flowrpc(['check', file]);

  expect(stderr).toMatch(/^.*typed\.yaml:1:\d+: error: .*"a": .* does not fit "b".*\n$/);
  expect(code).toBe(1);
});

test.concurrent('check fills env entries from -e, and tells which are missing without showing values', async () => {
  const input = `{ kind: snippet, name: a, language: text, code: '{{ .TEXT }} {{ .OTHER }}', env: { TEXT: { data: '{{ .TEXT }}' }, OTHER: { data: '{{ .OTHER }}' } } }`;

  const [full, part] = await Promise.all([
    flowrpc(['check', '-', '-e', 'TEXT=hidden', '-e', 'OTHER=x=y'], { input }),
    flowrpc(['check', '-', '-e', 'TEXT=hidden'], { input }),
  ]);

  expect(full.code).toBe(0);
  expect(part.code).toBe(1);
  expect(part.stderr).toContain('"OTHER"');
  expect(part.stderr).not.toContain('hidden');
});

test.concurrent.each<[string, string, string]>([
  ['YAML that is broken', 'a: [1', '<stdin>:1:'],
  ['a list of scalars', '- 1\n- 2', '<stdin>:1:'],
])('check fails on %s', async (_, input, why) => {
  const { code, stdout, stderr } = await flowrpc(['check', '-'], { input });

  expect(stderr).toContain(why);
  expect(stderr).not.toContain('    at ');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test.concurrent('check fails on a file that is missing, a directory, or bytes that are no text', async () => {
  const binary = join(dir, 'binary');
  await writeFile(binary, new Uint8Array([0xff, 0xfe, 0, 1, 2, 0x80]));

  const [missing, folder, bytes] = await Promise.all(
    [join(dir, 'nowhere.yaml'), dir, binary].map((path) => flowrpc(['check', path])),
  );

  expect(missing!.stderr).toMatch(/^error: Cannot read ".*nowhere\.yaml": no such file\n$/);
  expect(folder!.stderr).toMatch(/^error: Cannot read ".*": it is a directory\n$/);
  expect(bytes!.stderr).toMatch(/^.*binary.*\n$/);
  expect([missing!.code, folder!.code, bytes!.code]).toEqual([1, 1, 1]);
});

test.concurrent('check stops reading a stdin that never ends', async () => {
  const child = spawn(process.execPath, [...nodeArgs, 'check', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const chunk = Buffer.alloc(1024 * 1024, '#');
  const write = (): void => {
    while (child.stdin.write(chunk));
  };
  child.stdin.on('drain', write).on('error', () => child.stdin.removeAllListeners('drain'));
  write();

  const [code] = await once(child, 'close');

  expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: Cannot read stdin: it is longer than 16777216 bytes\n' });
});
