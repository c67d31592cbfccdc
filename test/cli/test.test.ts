import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';

const graph = `
- { kind: snippet, name: greet, language: json, code: '{"message": "Hello"}' }
`;
const tests = `
- kind: test
  name: greets
  ports: { 'out[0]': [{ name: greet, port: in }], 'out[1]': [{ name: says-hello, port: in }] }
- { kind: assert, name: says-hello, expect: 'self.message == "Hello"' }
`;
const failing = `
- kind: test
  name: greets-badly
  ports: { 'out[0]': [{ name: greet, port: in }], 'out[1]': [{ name: says-bye, port: in }] }
- { kind: assert, name: says-bye, expect: 'self.message == "<Bye>"' }
`;

let folder: string;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flowrpc-test-'));
  await writeFile(file('graph.yaml'), graph);
  await writeFile(file('graph.test.yaml'), tests);
  await writeFile(file('failing.test.yaml'), failing);
});

afterAll(() => rm(folder, { recursive: true }));

const lines = (text: string): string[] => text.trimEnd().split('\n');
const untimed = (text: string): string => text.replace(/\d+ms/g, 'Nms').replace(/time="[\d.]+"/g, 'time="N"');

describe('flowrpc test', () => {
  test('#110 prints status, name and duration, and exits with 0 when all pass', async () => {
    const { code, stdout } = await flowrpc(['test', file('graph.yaml'), file('graph.test.yaml')]);

    expect(lines(untimed(stdout))).toEqual(['PASS\tdefault/greets\tNms', 'ok: 1 passed, 0 failed']);
    expect(code).toBe(0);
  });

  test('#110 exits with 1 when one fails, and says why', async () => {
    const { code, stdout } = await flowrpc([
      'test',
      file('graph.yaml'),
      file('graph.test.yaml'),
      file('failing.test.yaml'),
    ]);

    expect(lines(untimed(stdout))).toEqual([
      'PASS\tdefault/greets\tNms',
      'FAIL\tdefault/greets-badly\tNms',
      '  Expected: self.message == "<Bye>"; got {"message":"Hello"}',
      'FAILED: 1 passed, 1 failed',
    ]);
    expect(code).toBe(1);
  });

  test('#110 a pattern in front of the files chooses tests', async () => {
    const files = [file('graph.yaml'), file('graph.test.yaml'), file('failing.test.yaml')];

    const one = await flowrpc(['test', '/greets$', ...files]);
    const none = await flowrpc(['test', 'nothing', ...files]);
    const wrong = await flowrpc(['test', '(', ...files]);

    expect([one.code, lines(one.stdout).at(-1)]).toEqual([0, 'ok: 1 passed, 0 failed']);
    expect([none.code, none.stderr.trim()]).toEqual([1, 'no test matches /nothing/']);
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toContain('Cannot use "(" as pattern');
  });

  test('reports as JSON lines and as JUnit XML', async () => {
    const files = [file('graph.yaml'), file('graph.test.yaml'), file('failing.test.yaml')];

    const json = await flowrpc(['test', '--json', ...files]);
    const junit = await flowrpc(['test', '--reporter', 'junit', ...files]);

    expect(lines(json.stdout).map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { name: 'default/greets', status: 'pass' },
      { name: 'default/greets-badly', status: 'fail', message: expect.stringContaining('Expected') },
      { tests: 2, failures: 1 },
    ]);
    expect(untimed(junit.stdout)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" time="N">
  <testsuite name="flowrpc" tests="2" failures="1" time="N">
    <testcase classname="default" name="greets" time="N"/>
    <testcase classname="default" name="greets-badly" time="N">
      <failure message="Expected: self.message == &#34;&#60;Bye&#62;&#34;; got {&#34;message&#34;:&#34;Hello&#34;}"/>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  test('a graph with problems is not tested', async () => {
    const { code, stdout, stderr } = await flowrpc(['test', file('graph.test.yaml')]);

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('"greet"');
  });
});
