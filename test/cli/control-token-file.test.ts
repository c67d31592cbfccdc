import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import {
  controlTokenPath,
  findControlToken,
  readControlToken,
  removeControlToken,
  writeControlToken,
} from '../../src/cli/control-token-file.ts';

afterEach(() => vi.unstubAllEnvs());

const folder = () => mkdtemp(join(tmpdir(), 'flowrpc-token-'));

test('controlTokenPath() is the same for every name of an address of this machine', async () => {
  vi.stubEnv('XDG_RUNTIME_DIR', '/run/user/7');

  expect(controlTokenPath('127.0.0.1:50051')).toBe('/run/user/7/flowrpc/50051.token');
  expect(controlTokenPath('dns:///localhost:50051')).toBe('/run/user/7/flowrpc/50051.token');
  expect(controlTokenPath('unix:/a/b')).toBe(controlTokenPath('unix:///a/b'));
  expect(controlTokenPath('unix:/a/b')).not.toBe(controlTokenPath('unix:/a/c'));
  vi.stubEnv('XDG_RUNTIME_DIR', '');
  expect(controlTokenPath('127.0.0.1:50051').startsWith(tmpdir())).toBe(true);
});

test('writeControlToken() makes a folder and a file for this user alone, and replaces an older token', async () => {
  const path = join(await folder(), 'flowrpc', '1.token');

  await writeControlToken(path, 'first-first-first');
  await writeControlToken(path, 'second-second-second');

  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
  expect(await readControlToken(path)).toBe('second-second-second');
  expect(await readdir(join(path, '..'))).toEqual(['1.token']);
});

test('writeControlToken() refuses a folder that others write to, and one that is a link', async () => {
  const dir = await folder();
  await mkdir(join(dir, 'shared'));
  await chmod(join(dir, 'shared'), 0o777);
  await symlink(join(dir, 'own'), join(dir, 'link'));
  await mkdir(join(dir, 'own'), { mode: 0o700 });

  await expect(writeControlToken(join(dir, 'shared', 't'), 'token')).rejects.toThrow('only this user can write to');
  await expect(writeControlToken(join(dir, 'link', 't'), 'token')).rejects.toThrow('only this user can write to');
  expect(await readdir(join(dir, 'own'))).toEqual([]);
});

test('writeControlToken() does not follow a link that waits in place of the file', async () => {
  const dir = await folder();
  await writeFile(join(dir, 'victim'), 'kept');
  await symlink(join(dir, 'victim'), join(dir, 't'));

  await writeControlToken(join(dir, 't'), 'token-token-token');

  expect(await readFile(join(dir, 'victim'), 'utf8')).toBe('kept');
  expect(await readControlToken(join(dir, 't'))).toBe('token-token-token');
});

test.each([0o644, 0o640, 0o602])('readControlToken() refuses a file of mode %o', async (mode) => {
  const path = join(await folder(), 't');
  await writeFile(path, 'secret-secret-secret');
  await chmod(path, mode);

  const read = readControlToken(path);

  await expect(read).rejects.toThrow('wanted mode 0600');
  await expect(read).rejects.not.toThrow('secret-secret');
});

test('findControlToken() follows no link, waits for no pipe, and trusts no folder of others', async () => {
  const dir = await folder();
  vi.stubEnv('XDG_RUNTIME_DIR', dir);
  const path = controlTokenPath('127.0.0.1:1');
  await writeControlToken(path, 'token-token-token');
  await writeFile(join(dir, 'vault'), 'another-secret-0123456789', { mode: 0o600 });
  await symlink(join(dir, 'vault'), controlTokenPath('127.0.0.1:2'));
  execFileSync('mkfifo', ['-m', '600', controlTokenPath('127.0.0.1:3')]);

  expect(await findControlToken('127.0.0.1:1')).toBe('token-token-token');
  await expect(findControlToken('127.0.0.1:2')).rejects.toThrow('is a link');
  await expect(findControlToken('127.0.0.1:3')).rejects.toThrow('wanted mode 0600');
  await expect(findControlToken('127.0.0.1:4')).rejects.toThrow('is not there');
  await chmod(join(path, '..'), 0o777);
  await expect(findControlToken('127.0.0.1:1')).rejects.toThrow('only this user can write to');
  await rename(join(path, '..'), join(dir, 'elsewhere'));
  await symlink(join(dir, 'elsewhere'), join(path, '..'));
  await expect(findControlToken('127.0.0.1:1')).rejects.toThrow('only this user can write to');
});

// Only root can give files away.
test.runIf(process.getuid?.() === 0)('findControlToken() trusts no folder and no file of another user', async () => {
  const dir = await folder();
  vi.stubEnv('XDG_RUNTIME_DIR', dir);
  const path = controlTokenPath('127.0.0.1:1');
  await writeControlToken(path, 'token-token-token');

  await chown(path, 1234, 1234);
  await expect(findControlToken('127.0.0.1:1')).rejects.toThrow('others can read or change it');
  await chown(path, 0, 0);
  await chown(join(path, '..'), 1234, 1234);
  await expect(findControlToken('127.0.0.1:1')).rejects.toThrow('only this user can write to');
});

test('readControlToken() says that there is none', async () => {
  await expect(readControlToken('/nowhere/t')).rejects.toThrow('"/nowhere/t" is not there');
});

test('removeControlToken() leaves the token of another server', async () => {
  const path = join(await folder(), 't');
  await writeControlToken(path, 'token-of-another');

  await removeControlToken(path, 'own-own-own-own-own');
  expect(await readControlToken(path)).toBe('token-of-another');
  await removeControlToken(path, 'token-of-another');

  await expect(stat(path)).rejects.toThrow('ENOENT');
});
