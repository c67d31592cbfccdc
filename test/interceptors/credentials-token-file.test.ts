import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, type Context, jsonLogger } from 'flowrpc';
import { auth, bearer, bearerToken, type TokenFileOptions, tokenFile } from 'flowrpc/interceptors';
import { fakeContext } from 'flowrpc/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { folderOf } from '../cli/serving.ts';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { setup, type TestTransport, transports } from '../suites/transports.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const context: Context = fakeContext();

/** A file with a token, a source that reads it, and the lines it logged. */
async function rotating(options: Omit<TokenFileOptions, 'logger'> = {}) {
  const path = join(await folderOf({ token: 'token-1\n' }), 'token');
  const lines: string[] = [];
  const token = tokenFile(path, { ...options, logger: jsonLogger({ write: (line) => lines.push(line) }) });
  return { path, token, lines, write: (text: string) => writeFile(path, text) };
}

describe('tokenFile()', () => {
  test('gives what the file holds, without the white space around it', async () => {
    const { token } = await rotating();

    expect(token(context)).toBe('token-1');
  });

  test('follows the file once its token is too old, and reads it once for all who wait', async () => {
    const { token, write } = await rotating({ reloadMs: 5_000 });
    await write('token-2');

    vi.advanceTimersByTime(4_999);
    expect(token(context)).toBe('token-1');
    vi.advanceTimersByTime(1);
    const waiting = [token(context), token(context), token(context)];

    expect(new Set(waiting).size).toBe(1);
    expect(await Promise.all(waiting)).toEqual(['token-2', 'token-2', 'token-2']);
    expect(token(context)).toBe('token-2');
  });

  test('follows the links that Kubernetes swaps', async () => {
    const folder = await folderOf({});
    const publish = async (name: string, text: string): Promise<void> => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'token'), text);
      await symlink(name, join(folder, '..next'));
      await rename(join(folder, '..next'), join(folder, '..data'));
    };
    await publish('..first', 'token-1');
    await symlink('..data/token', join(folder, 'token'));
    const token = tokenFile(join(folder, 'token'));

    await publish('..second', 'token-2');
    await rm(join(folder, '..first'), { recursive: true });

    expect(token(context)).toBe('token-1');
    vi.advanceTimersByTime(10_000);
    expect(await token(context)).toBe('token-2');
  });

  test('reads again when a server refused the token, but not for each refusal', async () => {
    const { token, write } = await rotating();
    vi.advanceTimersByTime(100);

    expect(await token(context, 'token-1')).toBe('token-1');
    await write('token-2');
    expect(token(context, 'token-1')).toBe('token-1');
    vi.advanceTimersByTime(100);

    expect(await token(context, 'token-1')).toBe('token-2');
    await write('token-3');
    vi.advanceTimersByTime(100);
    expect(token(context, 'token-1')).toBe('token-2');
  });

  test.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['missing', (path) => rm(path), /ENOENT/],
    ['empty', (path) => writeFile(path, ' \n'), /the file is empty/],
    ['no token', (path) => writeFile(path, 'canary with spaces'), /wanted letters, digits and/],
    ['a folder', (path) => rm(path).then(() => mkdir(path)), /EISDIR/],
  ])('keeps its token while the file is %s, says so once, and takes the next', async (_what, spoil, reason) => {
    const { path, token, lines, write } = await rotating({ reloadMs: 0 });
    await spoil(path);

    expect(await token(context)).toBe('token-1');
    expect(await token(context, 'token-1')).toBe('token-1');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'warn',
      message: 'token file not used, the token before stays',
      path,
      error: expect.stringMatching(reason),
    });
    expect(lines[0]).not.toContain('canary');

    await rm(path, { recursive: true, force: true });
    await write('token-2');
    expect(await token(context)).toBe('token-2');
  });

  test.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['is missing', {}, /^Cannot read a bearer token from .*token: ENOENT/],
    ['is empty', { token: '\n' }, /^Cannot read a bearer token from .*token: the file is empty$/],
    ['holds no token', { token: 'canary, no token' }, /token: Cannot send the bearer token: wanted letters, digits/],
  ])('cannot be made of a file that %s', async (_what, files, error) => {
    const path = join(await folderOf(files), 'token');
    const make = (): unknown => tokenFile(path);

    expect(make).toThrow(error);
    expect(make).not.toThrow('canary');
  });

  test('refuses options that mean nothing', async () => {
    const path = join(await folderOf({ token: 'a' }), 'token');

    expect(() => tokenFile(path, { reloadMs: -1 })).toThrow('Cannot use reloadMs -1 of tokenFile: wanted 0 or more');
    expect(() => tokenFile(path, { reload: 5 } as never)).toThrow('did you mean "reloadMs"?');
  });
});

test('bearerToken() by tokenFile() repeats a call with the new token after a rotation, for all kinds', async () => {
  const seen: (string | undefined)[] = [];
  let good = 'token-1';
  const guard = auth(
    (call) => {
      seen.push(bearer(call));
      return bearer(call) === good;
    },
    { refusalStepMs: 0 },
  );
  const { token, write } = await rotating({ reloadMs: 3_600_000 });
  await using probe = await setup(transports[0] as TestTransport, {
    handlers: everyKind(shout),
    server: { interceptors: [guard] },
    client: { interceptors: [bearerToken(token)] },
  });

  for (const [n, kind] of kinds.entries()) {
    await write(`token-${n + 2}`);
    good = `token-${n + 2}`;
    vi.advanceTimersByTime(1_000);

    expect((await run(probe.client, kind)).status.code).toBe(Code.OK);
  }

  expect(seen).toEqual(kinds.flatMap((_, n) => [`token-${n + 1}`, `token-${n + 2}`]));
});
