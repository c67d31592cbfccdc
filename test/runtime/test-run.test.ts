import { createGraph, parseSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { PacketTape, runTests, testKinds } from 'flowrpc/runtime';
import { describe, expect, test } from 'vitest';

const double = defineKind({ kind: 'double', setup: () => oneToOne((n) => (n === null ? 2 : (n as number) * 2)) });

async function run(text: string, options: Parameters<typeof runTests>[1] = {}) {
  const tape = new PacketTape();
  await using graph = await createGraph({ ...parseSpecs(text), kinds: createKinds(double, ...testKinds(tape)) });
  graph.observe(tape);
  return (await runTests(graph, options)).map(({ name, status, message }) => [name, status, message]);
}

const chain = `
- { kind: double, name: first, ports: { out: [{ name: second, port: in }] } }
- { kind: double, name: second }
`;
const suite = (assertion: string, more = ''): string => `${chain}
- kind: test
  name: doubles
  ports: { 'out[0]': [{ name: first, port: in }], 'out[1]': [{ name: judge, port: in }] }
- { kind: assert, name: judge, ${assertion} }
${more}`;

describe('runTests', () => {
  test('#110 a suite whose assertion holds passes', async () => {
    expect(await run(suite('expect: "self == 4"'))).toEqual([['default/doubles', 'pass', undefined]]);
  });

  test('#110 an assertion that does not hold fails, and says what it got', async () => {
    expect(await run(suite('expect: "self == 5"'))).toEqual([
      ['default/doubles', 'fail', 'Expected: self == 5; got 4'],
    ]);
    expect(await run(suite('expect: "self == 5", message: five'))).toEqual([
      ['default/doubles', 'fail', 'Expected: five; got 4'],
    ]);
    expect(await run(suite('expect: { equals: { a: 1 } }'))).toEqual([
      ['default/doubles', 'fail', 'Expected: equals {"a":1}; got 4'],
    ]);
  });

  test('#110 an error reply of what is tested fails the suite', async () => {
    const [result] = await run(`
- { kind: test, name: broken, ports: { out: [{ name: bad, port: in }] } }
- { kind: if, name: bad, when: self.missing > 1 }
`);

    expect(result?.slice(0, 2)).toEqual(['default/broken', 'fail']);
  });

  test('#110 a target is looked up among the packets of the process, by node and port', async () => {
    const assertion = 'target: { name: first, port: out }, expect: "self == 2"';

    expect(await run(suite(assertion))).toEqual([['default/doubles', 'pass', undefined]]);
    expect(await run(suite('target: { name: second, port: in }, expect: "self == 3"'))).toEqual([
      ['default/doubles', 'fail', 'Expected: self == 3; got 2'],
    ]);
  });

  test('two assertions of one port look at one packet after the other', async () => {
    const twice = `
- { kind: snippet, name: list, language: json, code: '[1, 2]', ports: { out: [{ name: each, port: in }] } }
- { kind: snippet, name: each, language: json, code: '0', ports: { out: [{ name: second, port: in }] } }
- { kind: double, name: second }
- kind: test
  name: order
  ports: { 'out[0]': [{ name: list, port: in }, { name: each, port: in }], 'out[1]': [{ name: one, port: in }] }
- { kind: assert, name: one, target: { name: each, port: in }, expect: "self == [1, 2]", ports: { out: [{ name: two, port: in }] } }
- { kind: assert, name: two, target: { name: each, port: in }, expect: "self == null" }
`;

    expect(await run(twice)).toEqual([['default/order', 'pass', undefined]]);
  });

  test('a packet that never comes fails the assertion after its timeout', async () => {
    expect(await run(suite('target: { name: first, port: error }, timeout: 10ms, expect: "true"'))).toEqual([
      ['default/doubles', 'fail', 'No packet passed port "error" of node "first"'],
    ]);
  });

  test('no response passes without an assertion, a suite that tests nothing fails', async () => {
    const results = await run(`
- { kind: test, name: quiet, ports: { out: [{ name: away, port: in }], 'out[1]': [{ name: never, port: in }] } }
- { kind: fork, name: away }
- { kind: assert, name: never, expect: "false" }
- { kind: test, name: nothing }
`);

    expect(results).toEqual([
      ['default/quiet', 'pass', undefined],
      ['default/nothing', 'fail', 'Nothing is linked to out[0], so nothing was tested'],
    ]);
  });

  test('a pattern chooses tests, and a test that takes too long has failed', async () => {
    const stuck = defineKind({ kind: 'stuck', setup: () => ({ process: () => new Promise(() => {}) }) });
    const tape = new PacketTape();
    await using graph = await createGraph({
      ...parseSpecs(`
- { kind: test, name: one, ports: { out: [{ name: away, port: in }] } }
- { kind: test, name: two, ports: { out: [{ name: away, port: in }] } }
- { kind: stuck, name: away }
`),
      kinds: createKinds(stuck, ...testKinds(tape)),
    });
    graph.observe(tape);

    const results = await runTests(graph, { match: /two$/, timeoutMs: 20 });

    expect(results).toMatchObject([{ name: 'default/two', status: 'fail', message: 'Deadline exceeded' }]);
  });
});
