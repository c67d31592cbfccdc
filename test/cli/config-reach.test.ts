import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSpecs } from 'flowrpc/graph';
import { beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config.ts';
import { checkTogether } from '../../src/cli/config-graph.ts';
import { reachProblems } from '../../src/cli/config-reach.ts';
import { configured } from '../../src/cli/configured.ts';
import { formatProblems } from '../../src/graph/index.ts';
import { planGraph } from '../../src/graph/plan-graph.ts';
import { folderOf } from './serving.ts';

const graph = `
- { kind: snippet, name: greet, language: text, code: hello, ports: { out: [{ name: both, port: 'in[1]' }] } }
- { kind: merge, name: both }
`;
const denying = (...paths: string[]) =>
  JSON.stringify({ name: 'p', deny_rules: [{ name: 'shut', request: { paths } }], allow_rules: [{ name: 'all' }] });
let dir: string;
beforeAll(async () => {
  dir = await folderOf({
    'half.json': denying('/default.greet/In'),
    'whole.json': denying('/default.greet/*'),
    'both.json': denying('/default.greet/In', '/default.greet/InStream'),
  });
});

async function faults(...entries: string[]): Promise<string[]> {
  return inPlace('server', entries);
}

async function inPlace(place: string, entries: string[]): Promise<string[]> {
  const file = join(dir, `${crypto.randomUUID()}.yaml`);
  await writeFile(file, `interceptors:\n  ${place}:\n${entries.map((entry) => `    - ${entry}\n`).join('')}`);
  const { config, problems } = await loadConfig(file);
  const { plans, problems: wrong } = await planGraph(parseSpecs(graph));
  expect([...problems, ...wrong]).toEqual([]);
  return formatProblems(reachProblems(config, plans)).replaceAll(file, 'c.yaml').split('\n').filter(Boolean);
}

test('reachProblems() finds nothing where every match fits something', async () => {
  const found = await faults(
    'logging',
    '{ logging: {}, only: default.greet, except: grpc.health.v1.Health }',
    '{ authz: { file: whole.json }, only: [/default.*, { kind: bidi }], except: grpc.reflection.v1.ServerReflection }',
    '{ authz: { file: both.json }, only: { known: false } }',
    '{ auth: {}, only: [/default.greet/In, /default.greet/InStream] }',
    '{ auth: {}, only: { service: default.both, name: In1 }, except: /default.greet/In }',
  );

  expect(found).toEqual([]);
});

test('reachProblems() are errors where a match takes a gate away, else warnings', async () => {
  const found = await faults(
    '{ auth: {}, only: default.gret }',
    '{ auth: {}, only: [default.greet, { service: default.greet, kind: clientStream }] }',
    '{ authz: { file: whole.json }, only: default.greet, except: /default.* }',
    '{ auth: {}, except: { service: nobody } }',
    '{ logging: {}, only: /nobody/* }',
  );

  const place = (line: number) => new RegExp(`^c\\.yaml:${line}:\\d+: `).source;
  expect(found).toEqual([
    expect.stringMatching(`${place(3)}error: .*server\\[0\\]\\.only has "default\\.gret", which fits no method$`),
    expect.stringMatching(`${place(4)}error: .*server\\[1\\]\\.only has .*clientStream.*, which fits no method$`),
    expect.stringMatching(`${place(5)}error: .*server\\[2\\]\\.authz is for no method$`),
    expect.stringMatching(`${place(6)}warning: .*server\\[3\\]\\.except has .*"nobody".*, which fits no method$`),
    expect.stringMatching(`${place(7)}warning: .*server\\[4\\]\\.only has "/nobody/\\*", which fits no method$`),
  ]);
});

test('reachProblems() warns of a gate or a deny rule for one method of an in-port', async () => {
  const found = await faults('{ auth: {}, only: /default.greet/InStream }', '{ authz: { file: half.json } }');

  expect(found).toEqual([
    expect.stringMatching(
      /:3:\d+: warning: .*only names \/default\.greet\/InStream and leaves \/default\.greet\/In open, wanted "\/default\.greet\/\*"$/,
    ),
    expect.stringMatching(
      /:4:\d+: warning: .*"shut", which names \/default\.greet\/In and leaves \/default\.greet\/InStream open, wanted "\/default\.greet\/\*"$/,
    ),
  ]);
});

test('reachProblems() know that health is not in nodes, and nothing of where edges lead', async () => {
  expect(await inPlace('nodes', ['{ auth: {}, only: grpc.health.v1.Health }'])).toHaveLength(1);
  expect(await inPlace('edges', ['{ logging: {}, only: shop.v1.Orders }'])).toEqual([]);
});

test('checkTogether() looks at how config and graph fit once neither has errors', async () => {
  const file = join(dir, 'wrong-match.yaml');
  await writeFile(file, 'interceptors: { server: [{ auth: { tlsIdentity: {} }, only: default.gret }] }');
  await using made = configured(await loadConfig(file));
  const right = await checkTogether(made, parseSpecs(graph));
  const wrong = await checkTogether(made, parseSpecs('{ kind: snipet, name: greet }'));
  const without = await checkTogether({ config: {}, problems: [] }, parseSpecs(graph));

  expect(made.problems).toEqual([]);
  expect([right.ofConfig.length, right.ofGraph.length]).toEqual([1, 0]);
  expect([wrong.ofConfig.length, wrong.ofGraph.length]).toEqual([0, 1]);
  expect(without).toMatchObject({ ofConfig: [], ofGraph: [] });
});
