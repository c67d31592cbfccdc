import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatProblems, parseSpecs, readSpecs } from 'flowrpc/graph';
import { createKinds, kinds } from 'flowrpc/nodes';
import { PacketTape, testKinds } from 'flowrpc/runtime';
import { describe, expect, test } from 'vitest';
import { formerKind } from '../../../src/nodes/former-kinds.ts';
import { flowrpc } from '../../cli/flowrpc.ts';
import { folderOf } from '../../cli/serving.ts';
import { check } from '../../docs/checked-page.ts';
import { folder, graphOf } from './graph-of.ts';

const unchanged = [
  'ping.yaml',
  'proxy.yaml',
  'variables.yaml',
  'control.yaml',
  'system.yaml',
  'notes.yaml',
  'chat.yaml',
  'older.yaml',
  'suite.yaml',
];

describe('check of uniflow files', () => {
  test.each(unchanged)('has nothing to say against %s', async (name) => {
    expect(await check(graphOf(name))).toBe('');
  });

  test('names all that an early file has which is written another way now', async () => {
    const found = (await check(graphOf('early.yaml'))).replaceAll(/^.*\/graph\.yaml:/gm, '').trim();

    expect(found.split('\n')).toEqual([
      '2:3: error: Cannot load node "front": unknown kind "listen", it is "listener" now',
      '6:3: error: Cannot load node "front": unknown field "links", it is "ports" now',
      '11:3: error: Cannot load node "routes": unknown field "links", it is "ports" now',
      '15:3: error: Cannot load node "users": unknown field "lang", it is "language" now',
      '17:5: error: Cannot load node "db": unknown kind "rdb", it is "sql" now',
      '18:5: error: Cannot load node "log": unknown kind "write", it is "print" now',
      '19:5: error: Cannot load node "together": unknown kind "combine", it is "merge" now, which gives the list; a snippet behind it puts mappings together',
      '20:5: error: Cannot load node "made": unknown kind "bridge", it is "syscall" now; what its operands said goes into a snippet before it',
      '26:38: error: Cannot load node "to-chain": ports.out[0][0] leads to in-port "in", which "chain" does not have, give it inbounds, or make it kind "step" if its nodes are a chain',
      expect.stringMatching(
        /^27:51: error: Cannot load node "second": field "port": wanted .*, write env: \{ PORT: \{ data: "\{\{ \.PORT \}\}" \} \} to have it filled in$/,
      ),
      '28:5: error: Cannot load node "own": unknown kind "thumbnail", register it or correct it',
    ]);
  });

  test('is what the command does: exit code 0, or 1 with every problem of the file', async () => {
    const [right, wrong] = await Promise.all([
      flowrpc(['check', join(folder, 'control.yaml')]),
      flowrpc(['check', join(folder, 'early.yaml')]),
    ]);

    expect(right).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok: \d+ nodes, 0 warnings\n$/) });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr.trim().split('\n').length).toBeGreaterThan(8);
  });

  test('an env entry says `data` or, as older files, `value`, and not both', () => {
    const entry = (fields: object): object => ({ kind: 'nop', env: { PORT: [{ name: 'network', ...fields }] } });

    const { specs, problems } = readSpecs([entry({ value: 1 }), entry({ data: 1 }), entry({ data: 1, value: 2 })]);

    expect(specs.map(({ env }) => env)).toEqual(Array(3).fill({ PORT: [{ name: 'network', data: 1 }] }));
    expect(formatProblems(problems)).toBe(
      `error: Cannot load node "${specs[2]?.kind}_${specs[2]?.id.slice(-12)}": env.PORT[0] has both "data" and "value", remove one\n`,
    );
  });

  test('names the keys of its config file that are written another way', async () => {
    const dir = await folderOf({
      'uniflow.toml': `environment = { PORT = "8000" }
[runtime]
namespace = "default"
[database]
url = "memory://"
[collection]
specs = "specs"
[[plugins]]
path = "./dist/ctrl.so"
`,
    });

    const { code, stderr } = await flowrpc([
      'check',
      join(folder, 'suite.yaml'),
      '--config',
      join(dir, 'uniflow.toml'),
    ]);

    expect(code).toBe(2);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.replace(/^.*configuration: /, '')),
    ).toEqual([
      'unknown field "runtime", write "namespace" and "language" at the top',
      'unknown field "database", write "store" with the name of a folder, or nothing for one in memory',
      'unknown field "collection", leave it out: a store keeps specs and values apart',
      'unknown field "plugins", pass kinds and hooks to createRuntime in a program of yours',
    ]);
  });

  test('every kind that a file names is a kind, or there is advice on it', () => {
    const all = createKinds(...testKinds(new PacketTape()));
    const named = [...unchanged, 'early.yaml'].flatMap((name) =>
      parseSpecs(readFileSync(join(folder, name))).specs.map(({ kind }) => kind),
    );

    const strange = named.filter((kind) => !all.has(kind) && formerKind(kind) === undefined);

    expect(strange).toEqual(['thumbnail']);
    expect([...kinds.keys()].filter((kind) => formerKind(kind) !== undefined)).toEqual([]);
  });
});
