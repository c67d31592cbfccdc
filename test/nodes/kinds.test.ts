import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code, createServer, silentLogger } from 'flowrpc';
import { type Graph, type GraphOptions, parseSpecs } from 'flowrpc/graph';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mapping, runGraph, to } from '../graph/run-graph.ts';
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
    [{ language: 'javascript' }, /missing field "code", wanted a text, or a module/],
    [{ language: 'javascript', code: '', module: './modules.ts' }, /field "module": wanted either a code or a module/],
    [{ language: 'text', code: '', export: 'x' }, /field "export": it belongs to a module/],
    [{ module: './modules.ts', timeout: '1s' }, /field "timeout": functions of modules are not stopped/],
    [{ language: 'json', code: '{' }, /field "code": it is not JSON: .* at line 1, column 2 of the code/],
    [{ language: 'text' }, /missing field "code"/],
    [
      { language: 'cobol', code: 'x' },
      /field "code": unknown language "cobol", there are text, json, yaml, cel, javascript/,
    ],
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
