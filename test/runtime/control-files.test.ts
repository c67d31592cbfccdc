import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Controlled, controlled, value } from './control-harness.ts';

async function stateOf({ runtime }: Controlled, name: string): Promise<string> {
  const found = () => runtime.nodes.find((node) => node.name === name);
  await expect.poll(found).toBeDefined();
  const { status, reason } = found()!;
  return reason ?? status;
}

const inbounds = { in: [{ name: 'n', port: 'in' }] };

describe('files and what came in by Control', () => {
  test.each<[kind: string, fields: Readonly<Record<string, unknown>>]>([
    ['file', { root: '.' }],
    ['print', { filename: 'log.txt' }],
    ['print', {}],
    ['print', { filename: 'stdout', root: '/' }],
    ['scan', { filename: '/etc/passwd' }],
    ['scan', {}],
    ['filter', { when: { module: './module.mjs' } }],
    ['cache', { key: { module: './module.mjs' } }],
    ['map', { code: { module: './module.mjs' } }],
  ])('a node of kind %s with %j is refused', async (kind, fields) => {
    const one = await controlled();

    await expect(one.client.applySpec({ document: value({ kind, name: 'n', ...fields }) })).rejects.toMatchObject({
      code: Code.PERMISSION_DENIED,
      statusMessage: expect.stringMatching(/file/),
    });
  });

  test('a name that a template fills in is refused as well', async () => {
    const one = await controlled();
    const specs = [{ kind: 'print', name: 'n', filename: '{{ .F }}' }];
    await one.runtime.specs.put({ kind: 'chart', name: 'log', inbounds, specs, env: { F: { data: '{{ .to }}' } } });

    await one.client.applySpec({ document: value({ kind: 'log', name: 'evil', to: '/tmp/evil' }) });
    await one.client.applySpec({ document: value({ kind: 'log', name: 'fine', to: 'stdout' }) });

    expect(await stateOf(one, 'evil')).toMatch(/files of this machine are not allowed/);
    expect(await stateOf(one, 'fine')).toBe('active');
  });

  test('runs when files are allowed to it, and without any', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowrpc-files-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'a.txt'), 'a');
    const allowed = await controlled({ allow: { files: true } });
    const one = await controlled();

    await allowed.client.applySpec({ document: value({ kind: 'file', name: 'f', root: folder }) });
    await one.client.applySpec({ document: value({ kind: 'print', name: 'p', filename: 'stdout' }) });

    expect(await stateOf(allowed, 'f')).toBe('active');
    expect(await allowed.runtime.graph.call('f', 'a.txt')).toBe('a');
    expect(await stateOf(one, 'p')).toBe('active');
  });

  test('the same nodes of the operator run', async () => {
    const one = await controlled();
    await one.runtime.specs.put({ kind: 'print', name: 'p' });

    expect(await stateOf(one, 'p')).toBe('active');
  });
});
