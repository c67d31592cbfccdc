import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Server } from 'flowrpc';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { flowrpc, nodeArgs } from './flowrpc.ts';
import { cancelled, libraryProto, serveLibrary } from './library.ts';

let host: string;
let server: Server;
let dir: string;

beforeAll(async () => {
  ({ host, server } = await serveLibrary());
  dir = await mkdtemp(join(tmpdir(), 'flowrpc-cli-'));
});

afterAll(() => server.close({ graceMs: 0 }));

function call(method: string, args: readonly string[] = [], input = ''): ReturnType<typeof flowrpc> {
  return flowrpc(['call', host, `library.Library/${method}`, '--proto', libraryProto, ...args], { input });
}

test.concurrent('call prints the reply of a unary method as indented JSON', async () => {
  const { code, stdout, stderr } = await call('Get', ['-d', '{"title":"Emma"}']);

  expect(stdout).toBe('{\n  "title": "Emma",\n  "pages": "9007199254740993",\n  "cover": "AQID"\n}\n');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test.concurrent('call takes service.Method too, and --json prints one line', async () => {
  const args = ['call', host, 'library.Library.Get', '--proto', libraryProto, '--json'];

  const { code, stdout } = await flowrpc(args);

  expect({ code, stdout }).toEqual({ code: 0, stdout: '{"pages":"9007199254740993","cover":"AQID"}\n' });
});

test.concurrent('call prints the messages of a stream as JSON lines', async () => {
  const { code, stdout } = await call('Count', ['-d', '{"to":3}']);

  expect({ code, stdout }).toEqual({ code: 0, stdout: '{"n":1}\n{"n":2}\n{"n":3}\n' });
});

test.concurrent('call sends several documents in a row, from stdin', async () => {
  const { code, stdout } = await call('Sum', ['-d', '-'], '{"n":1}{"n":2}\n{\n  "n": 3\n}');

  expect({ code, stdout: JSON.parse(stdout) }).toEqual({ code: 0, stdout: { n: 6 } });
});

test.concurrent('call sends the documents of a file', async () => {
  const file = join(dir, 'numbers.json');
  await writeFile(file, '{"n":1}\n{"n":2}\n');

  const { code, stdout } = await call('Double', ['-d', `@${file}`]);

  expect({ code, stdout }).toEqual({ code: 0, stdout: '{"n":2}\n{"n":4}\n' });
});

test.concurrent('call sends nothing on a request stream without data', async () => {
  const { code, stdout } = await call('Sum');

  expect({ code, stdout }).toEqual({ code: 0, stdout: '{}\n' });
});

test.concurrent('call sends each line of stdin as it comes, and prints its answer before the next', async () => {
  const child = spawn(process.execPath, [
    ...nodeArgs,
    'call',
    host,
    'library.Library/Double',
    '--proto',
    libraryProto,
    '-d',
    '-',
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  child.stdin.write('{"n":21}\n');
  const first = await lines.next();
  child.stdin.end('{"n":4}\n');
  const second = await lines.next();
  const [code] = await once(child, 'close');

  expect([first.value, second.value, code]).toEqual(['{"n":42}', '{"n":8}', 0]);
});

test.concurrent('call -v shows header and trailer on stderr', async () => {
  const { code, stdout, stderr } = await call('Get', ['-v', '-H', 'X-Kind: test', '-H', 'x-kind: more', '--json']);

  expect(stderr).toMatch(
    /^< header\n<\s+x-shelf: b7\n< trailer\n<\s+x-seen: x-kind=test x-kind=more\n< OK after \d+ ms\n$/,
  );
  expect({ code, lines: stdout.split('\n').length }).toEqual({ code: 0, lines: 2 });
});

test.concurrent('call fails with status and decoded details, each on one safe line', async () => {
  const { code, stdout, stderr } = await call('Get', ['-d', '{"title":"lost"}']);

  expect(stderr.split('\n')).toEqual([
    'error: NOT_FOUND: no book is called "lost"\\nnor \\u001b[31mred',
    '  google.rpc.ErrorInfo {"reason":"LOST","domain":"library","metadata":{"since":"May"}}',
    '  library.Hint {"shelf":"b7"}',
    '  library.Unheard {"value":"AQ=="}',
    '',
  ]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test.concurrent('call --json tells failures as JSON', async () => {
  const { code, stderr } = await call('Get', ['-d', '{"title":"lost"}', '--json']);

  const failure = JSON.parse(stderr) as { code: string; message: string; details: unknown[] };

  expect(code).toBe(1);
  expect(failure).toMatchObject({ code: 'NOT_FOUND', message: 'no book is called "lost"\nnor \u001b[31mred' });
  expect(failure.details[1]).toEqual({ '@type': 'library.Hint', shelf: 'b7' });
});

test.concurrent.each<[string, string[], string, string]>([
  ['a field of the wrong type', ['-d', '{"to":"x"}'], '', 'Cannot send -d, line 1: '],
  ['an unknown field', ['-d', '{"titel":"x"}'], '', 'titel'],
  ['two requests where one is wanted', ['-d', '{}{}'], '', 'it takes one request and several were given in -d'],
  ['no request where one is wanted', ['-d', '-'], '', 'it takes one request and none was given in stdin'],
  ['stdin that is no JSON', ['-d', '-'], '\n{"title":', 'Cannot read stdin, line 2: '],
  ['a file that is not there', ['-d', '@nowhere.json'], '', 'Cannot read "nowhere.json": no such file'],
  ['a deadline that passes', ['-d', '{"title":"slow"}', '--timeout', '100ms'], '', 'error: DEADLINE_EXCEEDED'],
])('call fails on %s: exit code 1, one line on stderr', async (_, args, input, why) => {
  const { code, stdout, stderr } = await call('Get', args, input);

  expect(stderr).toContain(why);
  expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 1, stdout: '', lines: 2 });
});

test.concurrent('call tells of wrong data in the middle of a stream by its line', async () => {
  const { code, stderr } = await call('Sum', ['-d', '-'], '{"n":1}\n{"n":"many"}\n{"n":3}');

  expect(stderr).toMatch(/^error: Cannot send stdin, line 2: .*"many"\n$/);
  expect(code).toBe(1);
});

test.concurrent('call suggests a method and a service', async () => {
  const [method, service] = await Promise.all([
    call('Dubble'),
    flowrpc(['call', host, 'library.Librari/Get', '--proto', libraryProto]),
  ]);

  expect(method.stderr).toContain('did you mean "Double"?');
  expect(service.stderr).toContain('did you mean "library.Library"?');
  expect([method.code, service.code]).toEqual([1, 1]);
});

test.concurrent('call fails on a server that is not there', async () => {
  const { code, stderr } = await flowrpc(['call', '127.0.0.1:1', 'library.Library/Get', '--proto', libraryProto]);

  expect(stderr).toMatch(/^error: UNAVAILABLE: .*127\.0\.0\.1:1.*\n$/);
  expect(code).toBe(1);
});

test.concurrent('call takes headers from a file and the environment, and warns of secrets that ps shows', async () => {
  const file = join(dir, 'headers');
  await writeFile(file, 'x-token: from-file\n\nx-more: 2\n');

  const [safe, seen] = await Promise.all([
    call('Get', ['-v', '-H', `@${file}`, '--expand-headers', '-H', `x-api-key: \${HOME}`]),
    call('Get', ['-v', '-H', 'x-token: 1']),
  ]);

  expect(safe.stderr).toContain(`x-seen: x-token=from-file x-more=2 x-api-key=${process.env.HOME}`);
  expect(safe.stderr).not.toContain('warning');
  expect(seen.stderr).toMatch(/^warning: Header "x-token" is visible/);
});

test.concurrent('call ends on Ctrl-C: the server sees the cancellation, exit code 130', async () => {
  const args = ['call', host, 'library.Library/Count', '--proto', libraryProto, '-d', '{"title":"interrupted"}'];
  const child = spawn(process.execPath, [...nodeArgs, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });

  child.stdout.once('data', () => child.kill('SIGINT')).resume();
  const [code] = await once(child, 'close');

  expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  await vi.waitUntil(() => cancelled.has('interrupted'));
});

test.concurrent('call ends quietly with 0 when its reader has gone', async () => {
  const command = [process.execPath, ...nodeArgs, 'call', host, 'library.Library/Count', '--proto', libraryProto]
    .map((word) => `'${word}'`)
    .join(' ');
  const child = spawn('bash', ['-c', `${command} | head -1; exit \${PIPESTATUS[0]}`]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }

  const [code] = await once(child, 'close');

  expect({ code, output }).toEqual({ code: 0, output: '{"n":1}\n' });
});

test.concurrent('call works without a terminal, home or locale', async () => {
  const child = spawn(
    process.execPath,
    [...nodeArgs, 'call', host, 'library.Library/Get', '--proto', libraryProto, '--json'],
    {
      env: { NO_COLOR: '1', LC_ALL: 'C', HOME: '/nonexistent', PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );

  const [[code], [line]] = await Promise.all([
    once(child, 'close'),
    once(createInterface({ input: child.stdout }), 'line'),
  ]);

  expect({ code, line }).toEqual({ code: 0, line: '{"pages":"9007199254740993","cover":"AQID"}' });
});
