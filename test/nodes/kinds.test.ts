import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code, createServer, silentLogger } from 'flowrpc';
import { type Graph, type GraphOptions, parseSpecs, readSpecs, validateGraph } from 'flowrpc/graph';
import { kinds, none } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, mapping, runGraph, to } from '../graph/run-graph.ts';
import { greeterProto, greeterServer } from './greeter.ts';

const baseDir = dirname(fileURLToPath(import.meta.url));
const tag = mapping('tag', (payload, { node }) => [node.name, payload]);
const run = (nodes: readonly object[], options: Partial<GraphOptions> = {}): Promise<Graph> =>
  runGraph(nodes, [tag], { baseDir, ...options });

describe('snippet', () => {
  test('gives its text, or a copy of its JSON', async () => {
    const graph = await run([
      { kind: 'snippet', name: 't', language: 'text', code: 'hello' },
      { kind: 'snippet', name: 'j', language: 'json', code: '{"a": [{}, [], ""]}' },
    ]);

    expect(await graph.call('t', 1)).toBe('hello');
    expect(await graph.call('j', 1)).toEqual({ a: [{}, [], ''] });
    expect(await graph.call('j', 1)).not.toBe(await graph.call('j', 1));
  });

  test('runs functions of a trusted module file, async ones too, and sends what they throw to `error`', async () => {
    const graph = await run([
      { kind: 'snippet', name: 'd', language: 'typescript', module: './modules.ts' },
      { kind: 'snippet', name: 'l', language: 'typescript', module: 'modules.ts', export: 'later' },
      { kind: 'snippet', name: 'f', language: 'typescript', module: './modules.ts', export: 'fails' },
      {
        kind: 'snippet',
        name: 'h',
        language: 'typescript',
        module: './modules.ts',
        export: 'fails',
        ports: to({ error: 'r' }),
      },
      { kind: 'snippet', name: 'r', language: 'text', code: 'rescued' },
    ]);

    expect(await graph.call('d', { name: 'Ada' })).toEqual({ message: 'Hello, Ada' });
    expect(await graph.call('l', 1)).toEqual([1]);
    await expect(graph.call('f', 1)).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'not here' });
    expect(await graph.call('h', 1)).toBe('rescued');
  });

  test.each([
    [{ language: 'typescript', module: './nowhere.ts' }, /Cannot load module ".\/nowhere.ts"/],
    [
      { language: 'typescript', module: './modules.ts', export: 'later2' },
      /export "later2" is undefined, wanted a function \(it exports .*later/,
    ],
    [{ language: 'typescript', module: './modules.ts', export: 'answer' }, /export "answer" is number/],
    [{ language: 'javascript' }, /missing field "module", language "javascript" runs functions/],
    [{ language: 'json', code: '{' }, /Code is not JSON/],
    [{ language: 'text' }, /missing field "code"/],
    [{ language: 'cobol', code: 'x' }, /field "language": wanted one of text, json, javascript, typescript/],
    [{ code: 'x' }, /missing field "language"/],
    [{ language: 'text', coed: 'x' }, /unknown field "coed"/],
  ])('refuses %j', async (fields, message) => {
    await expect(run([{ kind: 'snippet', name: 's', ...fields }])).rejects.toThrow(message);
  });

  test('may have typed ports', async () => {
    const server = createServer({ logger: silentLogger });
    const types = { in: { request: 'helloworld.HelloRequest', response: 'helloworld.HelloReply' } };
    await run(
      [{ kind: 'snippet', name: 's', language: 'typescript', module: './modules.ts', types, proto: './greeter.proto' }],
      { server },
    );

    const { methods } = server.services.get('default.s')!;

    expect(methods.in!.request.typeName).toBe('helloworld.HelloRequest');
  });
});

describe('if', () => {
  test('sends to out[0] when its condition holds and to out[1] when not', async () => {
    const branches = to({ 'out[0]': 'yes', 'out[1]': 'no' });
    const graph = await run([
      { kind: 'if', name: 'i', when: 'self.age >= 18', ports: branches },
      { kind: 'if', name: 'm', when: { module: './modules.ts', export: 'isAdult' }, ports: branches },
      { kind: 'tag', name: 'yes' },
      { kind: 'tag', name: 'no' },
    ]);

    for (const name of ['i', 'm']) {
      expect(await graph.call(name, { age: 20 })).toEqual(['yes', { age: 20 }]);
      expect(await graph.call(name, { age: 10 })).toEqual(['no', { age: 10 }]);
    }
    await expect(graph.call('i', {})).rejects.toThrow('no field "age"');
  });

  test('answers with its input where a branch is not linked', async () => {
    const graph = await run([
      { kind: 'if', name: 'i', when: 'true', ports: to({ 'out[1]': 'no' }) },
      { kind: 'tag', name: 'no' },
    ]);

    expect(await graph.call('i', 'x')).toBe('x');
  });

  test('refuses what is no condition, with where it is wrong', () => {
    const { specs } = readSpecs([{ kind: 'if', name: 'i', when: 'self.age >= ' }]);

    expect(validateGraph(specs, { kinds })[0]!.message).toMatch(/field "when": .*it ends at 12/);
  });
});

describe('switch', () => {
  test('sends to the port of the first match, and answers with its input when there is none', async () => {
    const graph = await run([
      {
        kind: 'switch',
        name: 's',
        matches: [
          { when: 'self > 10', port: 'out[1]' },
          { when: 'self > 5', port: 'out' },
          { when: 'self > 4', port: 'out[7]' },
        ],
        ports: to({ 'out[0]': 'a', 'out[1]': 'b' }),
      },
      { kind: 'tag', name: 'a' },
      { kind: 'tag', name: 'b' },
    ]);

    expect(await graph.call('s', 11)).toEqual(['b', 11]);
    expect(await graph.call('s', 6)).toEqual(['a', 6]);
    expect(await graph.call('s', 5)).toBe(5);
    expect(await graph.call('s', 1)).toBe(1);
    await expect(graph.call('s', 'x')).rejects.toThrow('Cannot order string and number');
  });

  test.each([[[]], [[{ when: 'true' }]], [[{ when: 'true', port: 'error' }]], [[{ when: 'tru', port: 'out' }]], ['x']])(
    'refuses matches %j',
    (matches) => {
      const { specs } = readSpecs([{ kind: 'switch', name: 's', matches }]);

      expect(validateGraph(specs, { kinds })).not.toEqual([]);
    },
  );
});

describe('fork', () => {
  test('answers at once with no response and runs what follows in a process of its own', async () => {
    const done = deferred<unknown>();
    const slow = mapping('slow', async (payload, { process }) => {
      await Promise.resolve();
      done.resolve([payload, process.parent !== undefined]);
      return 'unheard';
    });
    const graph = await runGraph(
      [
        { kind: 'fork', name: 'f', ports: to({ out: 's' }) },
        { kind: 'slow', name: 's' },
      ],
      [slow],
    );

    expect(await graph.call('f', 'x')).toBe(none);
    expect(await done.promise).toEqual(['x', true]);
  });

  test('has errors handled inside the fork', async () => {
    const handled = deferred<unknown>();
    const graph = await runGraph(
      [
        { kind: 'fork', name: 'f', ports: to({ out: 'b', error: 'h' }) },
        { kind: 'bad', name: 'b' },
        { kind: 'handler', name: 'h' },
      ],
      [
        mapping('bad', () => {
          throw new Error('boom');
        }),
        mapping('handler', (error: Error) => handled.resolve(error instanceof Error) ?? null),
      ],
    );

    await graph.call('f', 1);

    expect(await handled.promise).toBe(true);
  });
});

describe('merge', () => {
  test('waits for all its in-ports and sends their payloads on as a list', async () => {
    const graph = await run([
      {
        kind: 'tag',
        name: 'a',
        ports: {
          out: [
            { name: 'm', port: 'in[0]' },
            { name: 'm', port: 'in[1]' },
          ],
        },
      },
      { kind: 'merge', name: 'm', ports: to({ out: 'end' }) },
      { kind: 'tag', name: 'end' },
    ]);

    const early = ['a', 'x'];
    expect(await graph.call('a', 'x')).toEqual([early, ['end', [early, early]]]);
  });

  test('has as many in-ports as it says', async () => {
    const graph = await run([{ kind: 'merge', name: 'm', inputs: 3 }]);

    expect(graph.nodes[0]!.inputs).toEqual(['in[0]', 'in[1]', 'in[2]']);
    expect(await graph.call('m', 1, { port: 'in[2]' })).toBe(1);
  });
});

describe.each(['reflection', 'proto'] as const)('rpc by %s', (by) => {
  test('calls a method of any service: response to `out`, failure to `error`', async () => {
    const server = await greeterServer();
    if (by === 'reflection') server.add(reflection());
    onTestFinished(async () => void (await server.close({ graceMs: 50 })));
    const { address: target } = await server.listen('127.0.0.1:0');
    const proto = by === 'proto' ? { proto: greeterProto } : {};
    const call = { kind: 'rpc', target, service: 'helloworld.Greeter', ...proto };
    const graph = await run([
      { ...call, name: 'hello', method: 'SayHello', ports: to({ out: 'end' }) },
      { ...call, name: 'fail', method: 'Fail' },
      { ...call, name: 'fail-handled', method: 'Fail', timeout: '1s', ports: to({ error: 'rescue' }) },
      { ...call, name: 'count', method: 'Count' },
      { kind: 'tag', name: 'end' },
      { kind: 'snippet', name: 'rescue', language: 'text', code: 'rescued' },
    ]);

    expect(await graph.call('hello', { name: 'Ada' })).toEqual(['end', { message: 'Hello, Ada', big: '0' }]);
    await expect(graph.call('fail', {})).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      statusMessage: 'nobody of that name',
    });
    expect(await graph.call('fail-handled', {})).toBe('rescued');
    expect(await graph.call('count', { to: 2 })).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

test('a graph of built-in kinds runs from YAML', async () => {
  const { specs, problems } = parseSpecs(`
- kind: if
  name: check
  when: self.age >= 18
  ports:
    out[0]: [{ name: adult, port: in }]
    out[1]: [{ name: minor, port: in }]
- { kind: snippet, name: adult, language: text, code: welcome }
- { kind: snippet, name: minor, language: text, code: too young }
`);
  const graph = await run(specs, { problems });

  expect(await graph.call('check', { age: 18 })).toBe('welcome');
  expect(await graph.call('check', { age: 17 })).toBe('too young');
});
