import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, type Logger, silentLogger } from 'flowrpc';
import { type AuthzFile, type AuthzFileOptions, authzFile } from 'flowrpc/interceptors/authz-file';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const often = { interval: 5, timeout: 10_000 };
let folder: string;
let path: string;
let lines: string[];
let logger: Logger;
const opened: AuthzFile[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowrpc-authz-'));
  path = join(folder, 'policy.json');
  lines = [];
  const note = (level: string) => (line: string, fields?: object) =>
    lines.push(`${level} ${line} ${JSON.stringify(fields)}`);
  logger = { ...silentLogger, warn: note('warn'), info: note('info') };
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((file) => file.close()));
  rmSync(folder, { recursive: true });
});

const policy = (name: string, ...paths: string[]) =>
  JSON.stringify({ name, allow_rules: paths.map((each) => ({ name: each, request: { paths: [each] } })) });
const open = policy('open', '/suite.Probe/*');
const shut = policy('shut', '/nobody.Knows/It');

function follow(options: AuthzFileOptions = {}): AuthzFile {
  const file = authzFile(path, { reloadMs: 10, logger, ...options });
  opened.push(file);
  return file;
}

async function probeOf(file: AuthzFile) {
  const probe = await setup(transport, onSide('server', file));
  const code = async () => (await run(probe.client, 'unary')).status.code;
  return { code, [Symbol.asyncDispose]: () => probe[Symbol.asyncDispose]() };
}

test('authzFile() holds to a new policy once it is there, and says so once', async () => {
  writeFileSync(path, open);
  const file = follow();
  await using probe = await probeOf(file);
  const before = await probe.code();

  writeFileSync(`${path}.new`, shut);
  renameSync(`${path}.new`, path);
  await expect.poll(() => file.policy.name, often).toBe('shut');
  const after = await probe.code();

  expect([before, after]).toEqual([Code.OK, Code.PERMISSION_DENIED]);
  expect(lines).toEqual([`info authorization policy loaded ${JSON.stringify({ path, policy: 'shut' })}`]);
});

test('authzFile() follows a link that is turned, as Kubernetes turns those of a ConfigMap', async () => {
  for (const [version, text] of [
    ['v1', open],
    ['v2', shut],
  ] as const) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'policy.json'), text);
  }
  symlinkSync('v1', join(folder, 'data'));
  path = join(folder, 'data', 'policy.json');
  const file = follow();

  symlinkSync('v2', join(folder, 'next'));
  renameSync(join(folder, 'next'), join(folder, 'data'));

  await expect.poll(() => file.policy.name, often).toBe('shut');
});

test.each<[string, () => void, RegExp]>([
  ['half-written', () => writeFileSync(path, shut.slice(0, 20)), /JSON/],
  ['empty', () => writeFileSync(path, ''), /JSON/],
  ['deleted', () => unlinkSync(path), /ENOENT/],
  ['no policy', () => writeFileSync(path, '{"name":"x","allow_rules":[],"allow":[]}'), /unknown field \\"allow\\"/],
  [
    'a folder',
    () => {
      unlinkSync(path);
      mkdirSync(path);
    },
    /EISDIR/,
  ],
  [
    'of a logger that nobody knows',
    () =>
      writeFileSync(
        path,
        JSON.stringify({ name: 'x', allow_rules: [], audit_logging_options: { audit_loggers: [{ name: 'syslog' }] } }),
      ),
    /syslog/,
  ],
])('authzFile() keeps its policy while the file is %s, with one line in the log', async (_what, spoil, reason) => {
  writeFileSync(path, open);
  const file = follow();
  await using probe = await probeOf(file);

  spoil();
  await expect.poll(() => lines.length, often).toBe(1);
  for (let n = 0; n < 5; n++) expect(await file.reload()).toBe(false);
  const code = await probe.code();
  rmSync(path, { recursive: true, force: true });
  await expect.poll(() => lines.length + Number(reason.source === 'ENOENT'), often).toBe(2);
  writeFileSync(path, shut);
  await expect.poll(() => file.policy.name, often).toBe('shut');

  expect(code).toBe(Code.OK);
  expect(lines[0]).toMatch(/^warn authorization policy not loaded, the one before stays /);
  expect(lines[0]).toMatch(reason);
});

test('authzFile() decides every call by one policy or the other while the file changes all the time', async () => {
  writeFileSync(path, open);
  const file = follow({ reloadMs: 1 });
  await using probe = await probeOf(file);
  const codes = new Map<Code, number>();
  let writes = 0;

  while (writes < 60 || codes.size < 2) {
    writeFileSync(`${path}.new`, writes % 2 === 0 ? shut : open);
    renameSync(`${path}.new`, path);
    if (writes % 7 === 0) await file.reload();
    for (let n = 0; n < 5; n++) {
      const code = await probe.code();
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    writes += 1;
  }

  expect([...codes.keys()].toSorted()).toEqual([Code.OK, Code.PERMISSION_DENIED]);
});

test('authzFile() reads anew when it is asked to while it reads', async () => {
  writeFileSync(path, open);
  const file = follow({ reloadMs: false });
  // A pipe: the first read waits for what is written to it, and has it when the file is another one already.
  execFileSync('mkfifo', [`${path}.pipe`]);
  renameSync(`${path}.pipe`, path);
  const first = file.reload();
  const pipe = await openFile(path, 'w');
  writeFileSync(`${path}.new`, shut);
  renameSync(`${path}.new`, path);

  const second = file.reload();
  const third = file.reload();
  await pipe.write(open);
  await pipe.close();

  expect([await first, await second, await third]).toEqual([false, true, true]);
  expect(file.policy.name).toBe('shut');
});

test('authzFile() reads no more once it is closed, and by itself never without reloadMs', async () => {
  writeFileSync(path, open);
  const closed = follow();
  const still = follow({ reloadMs: false });
  await closed.close();

  writeFileSync(path, shut);
  const reloaded = await closed.reload();
  const before = still.policy.name;
  const asked = await still.reload();

  expect([reloaded, closed.policy.name]).toEqual([false, 'open']);
  expect([before, asked, still.policy.name]).toEqual(['open', true, 'shut']);
});

test.each<[string, () => void, RegExp]>([
  ['is missing', () => {}, /^Cannot read the authorization policy: ENOENT.*policy\.json/],
  ['is no JSON', () => writeFileSync(path, 'allow all'), /^Cannot load .*policy\.json: .*JSON/],
  [
    'is no policy',
    () => writeFileSync(path, '{}'),
    /^Cannot load .*policy\.json: Cannot use the authorization policy: policy has no name; /,
  ],
])('authzFile() throws at the start when the file %s', (_what, prepare, message) => {
  prepare();

  expect(() => authzFile(path)).toThrow(message);
});

test('authzFile() refuses options that mean nothing', () => {
  writeFileSync(path, open);

  expect(() => authzFile(path, { reloadMs: 0 })).toThrow('every 0 ms: wanted more than 0, or false');
  expect(() => authzFile(path, { reload: 5 } as never)).toThrow('Cannot use option "reload" of authz');
});
