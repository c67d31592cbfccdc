import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from 'flowrpc';
import { checkGraph, createGraph, parseSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, source } from 'flowrpc/nodes';
import { createRuntime } from 'flowrpc/runtime';
import { memoryStore } from 'flowrpc/stores';
import { describe, expect, onTestFinished, test } from 'vitest';

const front = (name: string, more: string) =>
  `- { kind: listener, name: ${name}, protocol: http, ${more}, ports: { out: [{ name: one, port: in }] } }\n`;
const one = `- { kind: snippet, name: one, language: json, code: '1' }\n`;

async function found(yaml: string, baseDir?: string): Promise<string[]> {
  const problems = await checkGraph({ ...parseSpecs(yaml, { file: 'g.yaml' }), ...(baseDir && { baseDir }) });
  return problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

describe('a check finds before anything is made', () => {
  test('that two listeners want one address', async () => {
    expect(await found(`${front('a', 'port: 8000')}${front('b', 'port: 8000, host: 127.0.0.1')}${one}`)).toEqual([
      'Cannot load node "b": the address 127.0.0.1:8000 is that of node "a"',
    ]);
    expect(await found(`${front('a', 'port: 8000')}${front('b', 'port: 8001')}${one}`)).toEqual([]);
    expect(await found(`${front('a', 'port: 0')}${front('b', 'port: 0')}${one}`)).toEqual([]);
  });

  test('that two nodes claim the same, whatever their kind says that is; one that throws is a problem of its node', async () => {
    const claiming = defineKind<{ what: string }>({
      kind: 'claiming',
      claims: ({ what }) => {
        if (what === 'broken') throw new Error('no claim');
        return [`the lock ${what}`];
      },
      setup: () => ({ process: () => null }),
    });
    const specs = parseSpecs(
      ['x', 'y', 'x', 'broken'].map((what, n) => `- { kind: claiming, name: n${n}, what: ${what} }`).join('\n'),
    );
    const problems = await checkGraph({ ...specs, kinds: createKinds(claiming) });

    expect(problems.map(({ message }) => message)).toEqual([
      'Cannot load node "n2": the lock x is that of node "n0"',
      'Cannot load node "n3": no claim',
    ]);
  });

  test('and lets a claim to the next one, when who has it first cannot run', async () => {
    const claiming = defineKind<{ what: string; bad?: boolean }>({
      kind: 'claiming',
      claims: ({ what }) => [what],
      check: ({ bad }) => (bad ? [{ message: 'it is bad', path: [] }] : []),
      setup: () => ({ process: () => null }),
    });
    const spec = (name: string, more = '') => `- { kind: claiming, name: ${name}, what: x${more} }\n`;
    const specs = parseSpecs(spec('a', ', bad: true') + spec('b') + spec('c'));
    const problems = await checkGraph({ ...specs, kinds: createKinds(claiming) });

    expect(problems.map(({ message }) => message)).toEqual([
      'Cannot load node "a": it is bad',
      'Cannot load node "c": x is that of node "b"',
    ]);
  });

  test('that a module file is not there, without running those that are', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'flowrpc-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    await writeFile(join(dir, 'there.mjs'), 'throw new Error("it was run")');
    const snippet = (name: string, module: string) =>
      `- { kind: snippet, name: ${name}, language: javascript, module: ${module} }\n`;

    expect(await found(snippet('a', './there.mjs') + snippet('b', './nowhere.mjs'), dir)).toEqual([
      'Cannot load node "b": Cannot load module "./nowhere.mjs": there is no such file',
    ]);
  });

  test('that the proto file of an edge is not there, of kinds without types, too', async () => {
    const target = '{ target: "dns:///x:1", name: a.B, port: C, proto: ./nowhere.proto }';
    const [problem] = await found(`- { kind: fork, name: a, ports: { out: [${target}] } }\n`);

    expect(problem).toContain('Cannot load node "a": ports.out[0]: Cannot load');
    expect(problem).toContain('nowhere.proto');
  });
});

describe('runtime.load({}, { strict: true })', () => {
  test('makes a graph with a fault of setup nothing: all faults in one error, no source begins, and a later load is free', async () => {
    const log: string[] = [];
    const beginning = defineKind({
      kind: 'beginning',
      inputs: [],
      setup: () =>
        source(async () => {
          log.push('started');
        }),
    });
    const failing = defineKind<{ why: string }>({
      kind: 'failing',
      setup: ({ why }) => {
        throw new Error(why);
      },
    });
    const specs = memoryStore();
    const parsed = [
      { kind: 'beginning', name: 's' },
      { kind: 'failing', name: 'a', why: 'one' },
      { kind: 'failing', name: 'b', why: 'two' },
    ];
    await using runtime = await createRuntime({
      specs,
      kinds: createKinds(beginning, failing),
      logger: silentLogger,
    });
    for (const spec of parsed) await specs.put(spec);

    const thrown: unknown = await runtime.load({}, { strict: true }).catch((error: unknown) => error);

    expect(thrown).toMatchObject({ name: 'GraphError' });
    expect((thrown as { problems: { message: string }[] }).problems.map(({ message }) => message)).toEqual([
      'Cannot load node "a": one',
      'Cannot load node "b": two',
    ]);
    expect(runtime.nodes).toEqual([]);
    expect(log).toEqual([]);
    await runtime.load();
    expect(log).toEqual(['started']);
  });
});

test('of two listeners at one address the second is inactive, until the first is gone', async () => {
  const free = createTcp().listen(0, '127.0.0.1');
  await new Promise((resolve) => free.once('listening', resolve));
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const both = parseSpecs(`${front('a', `port: ${port}`)}${front('b', `port: ${port}`)}${one}`);
  await using graph = await createGraph({ ...both, allowPending: true, logger: silentLogger });
  const states = () => graph.nodes.filter(({ kind }) => kind === 'listener').map(({ name, status }) => [name, status]);

  expect(states()).toEqual([
    ['a', 'active'],
    ['b', 'inactive'],
  ]);
  await graph.update(parseSpecs(`${front('b', `port: ${port}`)}${one}`));

  expect(states()).toEqual([['b', 'active']]);
  await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.status).toBe(200);
});

test('graph.update(…, { strict: true }) that is refused leaves environment and values as they were', async () => {
  const env = defineKind({ kind: 'env', setup: (_, { env: { X } }) => ({ process: () => X ?? 'none' }) });
  const kinds = createKinds(env, defineKind({ kind: 'fails', setup: () => Promise.reject(new Error('setup fails')) }));
  const { specs } = parseSpecs('- { kind: env, name: a }\n');
  await using graph = await createGraph({ specs, environment: { X: 'first' }, kinds, logger: silentLogger });

  for (const kind of ['nowhere', 'fails']) {
    const next = parseSpecs(`- { kind: env, name: a }\n- { kind: ${kind}, name: b }\n`);
    const refused = graph.update({ specs: next.specs, environment: { X: 'second' } }, { strict: true });
    await expect(refused).rejects.toThrow('it has 1 problem');
  }
  await graph.update({ specs: parseSpecs('- { kind: env, name: a }\n- { kind: env, name: c }\n').specs });

  expect([await graph.call('a', null), await graph.call('c', null)]).toEqual(['first', 'first']);
});
