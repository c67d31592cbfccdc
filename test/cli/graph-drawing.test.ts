import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKinds, defineKind } from 'flowrpc/nodes';
import { beforeAll, describe, expect, test } from 'vitest';
import { controlled } from '../runtime/control-harness.ts';
import { flowrpc } from './flowrpc.ts';

const specs = `
- kind: fork
  name: start
  ports:
    out: [{ name: finish, port: in }]
    error: [{ name: users.v1.Users, port: Report, target: 'dns:///users:50051' }]
- kind: snippet
  name: finish
  language: text
  code: '{{ .KEY }}'
  env: { KEY: { name: vault, data: '{{ .password }}' } }
- { kind: snippet, name: alone, language: text, code: bye }
`;
const relay = defineKind({
  kind: 'relay',
  setup: () => ({ process: async (packet, { send }) => (await send('out', packet)).reply }),
});
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'flowrpc-graph-'));
  await writeFile(join(dir, 'graph.yaml'), specs);
});

describe('flowrpc graph', () => {
  test.concurrent('draws a file as Mermaid, with what cannot run and why', async () => {
    const { code, stdout, stderr } = await flowrpc(['graph', join(dir, 'graph.yaml')]);

    expect(stdout.split('\n').slice(0, 8)).toEqual([
      'flowchart LR',
      expect.stringMatching(/^ {2}n0\["start<br\/>fork<br\/>inactive: Waits for #34;finish#34;/),
      expect.stringMatching(/^ {2}n1\["finish<br\/>snippet<br\/>inactive: .*vault/),
      '  n2["alone<br/>snippet"]',
      '  n3(["users.v1.Users<br/>dns:///users:50051"])',
      '  n0 -- "out" --> n1',
      '  n0 -. "error → Report" .-> n3',
      '  classDef inactive fill:#eeeeee,stroke:#999999,color:#777777',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.concurrent('values that env entries name make nodes active, and are not in the drawing', async () => {
    const values = join(dir, 'values.yaml');
    await writeFile(values, '{ name: vault, data: { password: kanarienvogel } }');

    const { code, stdout } = await flowrpc(['graph', join(dir, 'graph.yaml'), '--from-values', values]);

    expect(stdout).toContain('n1["finish<br/>snippet"]');
    expect(stdout).not.toMatch(/inactive|kanarienvogel/);
    expect(code).toBe(0);
  });

  test.concurrent('draws stdin as DOT and SVG, and as JSON for machines', async () => {
    const [dot, svg, json] = await Promise.all(
      [['--format', 'dot'], ['-f', 'svg'], ['--json']].map((args) =>
        flowrpc(['graph', '-', ...args, '-e', 'X=y'], { input: specs }),
      ),
    );

    expect(dot!.stdout).toMatch(/^digraph \{\n[\s\S]*n0 -> n3 \[label="error → Report", style=dashed\]\n\}\n$/);
    expect(svg!.stdout).toMatch(/<svg [\s\S]*>finish<\/text>[\s\S]*<\/svg>\n$/);
    expect((JSON.parse(json!.stdout) as { nodes: object[] }).nodes).toHaveLength(4);
    expect([dot!.code, svg!.code, json!.code]).toEqual([0, 0, 0]);
  });

  test.concurrent('draws what is wrong with a file, too', async () => {
    const input = '- { kind: nope, name: a, ports: { out: [{ name: nobody, port: in }] } }\n- { kind: [1], name: b }';

    const { code, stdout } = await flowrpc(['graph', '-'], { input });

    expect(stdout).toContain('n0["a<br/>nope<br/>inactive: Cannot load node #34;a#34;:');
    expect(stdout).toContain('n1["nobody<br/>missing"]');
    expect(code).toBe(0);
  });

  test('draws a server as it runs, with states and counts', async () => {
    const { runtime, address, token } = await controlled({ kinds: createKinds(relay) });
    await runtime.specs.put({ kind: 'snippet', name: 'b', language: 'text', code: 'hello' });
    await runtime.specs.put({ kind: 'relay', name: 'a', ports: { out: [{ name: 'b', port: 'in' }] } });
    await runtime.specs.put({ kind: 'snippet', name: 'c', language: 'nothing', code: '' });
    await expect.poll(() => runtime.nodes.filter(({ status }) => status === 'active').length).toBe(2);
    await runtime.call('a', 1);
    const file = join(dir, 'token');
    await writeFile(file, token, { mode: 0o600 });

    const { code, stdout, stderr } = await flowrpc(['graph', address, '--control-token-file', file]);

    expect(stdout.split('\n').slice(1, 5)).toEqual([
      '  n0["a<br/>relay<br/>1 packet"]',
      '  n1["b<br/>snippet<br/>1 packet"]',
      expect.stringMatching(/^ {2}n2\["c<br\/>snippet<br\/>inactive: .*<br\/>0 packets"\]$/),
      '  n0 -- "out: 1 packet" --> n1',
    ]);
    expect(stdout).not.toContain(token);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test.concurrent('refuses formats that are none, several servers, and a file that is not there', async () => {
    const [format, several, missing] = await Promise.all([
      flowrpc(['graph', '-', '--format', 'png'], { input: specs }),
      flowrpc(['graph', '127.0.0.1:1', '127.0.0.1:2']),
      flowrpc(['graph', join(dir, 'nowhere.yaml')]),
    ]);

    expect(format).toMatchObject({ code: 2, stderr: expect.stringContaining('mermaid, dot, svg') });
    expect(several).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot draw 2 servers') });
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('no such file') });
  });
});
