import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { flowrpc } from './flowrpc.ts';

const call = ['call', '127.0.0.1:1', 'a.B/C'];

test.concurrent.each<[string, string[], string]>([
  ['no command', [], 'Usage: flowrpc'],
  ['an unknown command', ['cal'], 'Did you mean call?'],
  ['an unknown flag', [...call, '--colour'], "unknown option '--colour'"],
  ['a flag that is nearly right', [...call, '--timeot', '1s'], 'Did you mean --timeout?'],
  ['a missing argument', ['call', '127.0.0.1:1'], "missing required argument 'method'"],
  ['an argument too many', [...call, 'more'], 'too many arguments'],
  ['a missing value', [...call, '--timeout'], "option '--timeout <time>' argument missing"],
  ['a timeout of zero', [...call, '--timeout', '0s'], 'Wanted a time above 0'],
  ['a timeout without unit', [...call, '--timeout', '5'], 'Wanted a time above 0'],
  ['a timeout beyond reason', [...call, '--timeout', '1e99'], 'Wanted a time above 0'],
  ['a port out of range', ['list', '127.0.0.1:99999'], 'port 99999 is above 65535'],
  ['a negative port', ['list', '127.0.0.1:-1'], 'Cannot connect to "127.0.0.1:-1"'],
  ['no port', ['health', 'localhost'], 'the port is missing'],
  ['a method that is no path', ['call', '127.0.0.1:1', 'greet'], 'wanted service/Method'],
  ['data that is no JSON', [...call, '-d', '{name:1}'], 'Cannot read -d, line 1'],
  ['a header without a colon', [...call, '-H', 'secret'], 'wanted "key: value"'],
  ['a reserved header', [...call, '-H', 'grpc-timeout: 1S'], '"grpc-timeout"'],
  ['a -bin header that is no base64', [...call, '-H', 'x-bin: ***'], 'wanted base64'],
  ['a variable that is not set', [...call, '--expand-headers', '-H', `x: \${NOT_SET_AT_ALL}`], '"NOT_SET_AT_ALL"'],
  ['a certificate without its key', [...call, '--cert', 'a.pem'], '--cert without --key'],
  ['a listen port out of range', ['serve', 'x.yaml', '--listen', '127.0.0.1:99999'], 'port 99999 is above 65535'],
  ['a listen address without port', ['serve', 'x.yaml', '--listen', 'localhost'], 'the port is missing'],
  [
    'a listen port that is negative',
    ['serve', 'x.yaml', '--listen', '127.0.0.1:-1'],
    'Cannot listen on "127.0.0.1:-1"',
  ],
  ['a switch with another word', ['serve', 'x.yaml', '--reflection', 'maybe'], 'Allowed choices are on, off'],
  ['half of the TLS options', ['serve', 'x.yaml', '--tls-cert', 'a.pem'], 'wanted both --tls-cert and --tls-key'],
  ['an env entry that is none', ['check', 'x.yaml', '-e', '=1'], 'Wanted KEY=VALUE'],
  [
    'an env entry that is not set',
    ['check', 'x.yaml', '-e', 'NOT_SET_AT_ALL'],
    'The environment has no "NOT_SET_AT_ALL"',
  ],
  ['no place to write to', ['generate', 'x.proto'], "required option '-o, --out <dir>' not specified"],
  [
    'an unknown integer type',
    ['generate', 'x.proto', '-o', 'x', '--int64', 'number'],
    'Allowed choices are bigint, string',
  ],
])('flowrpc refuses %s: exit code 2, why and usage on stderr', async (_, args, why) => {
  const { code, stdout, stderr } = await flowrpc(args);

  expect(stderr).toContain(why);
  expect(stderr).toContain('Usage: flowrpc');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test.concurrent('flowrpc --help and help of every command go to stdout', async () => {
  const commands = ['serve', 'check', 'list', 'describe', 'call', 'health', 'generate', 'apply', 'get', 'delete'];

  const results = await Promise.all(
    [['--help'], ...commands.map((command) => [command, '--help'])].map((args) => flowrpc(args)),
  );

  for (const { code, stdout, stderr } of results) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: flowrpc');
  }
  expect(results[0]!.stdout).toContain('Examples:');
});

test.concurrent('flowrpc --version is that of the package', async () => {
  const { code, stdout } = await flowrpc(['--version']);

  expect({ code, stdout }).toEqual({ code: 0, stdout: `${packageJson.version}\n` });
});
