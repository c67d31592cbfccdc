import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';

test('a config says which language codes are in that name none, #77', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'flowrpc-language-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const graph = join(dir, 'graph.yaml');
  const config = join(dir, 'flowrpc.yaml');
  await writeFile(graph, '- { kind: snippet, name: a, code: \'{ "a": 1 \' }\n');
  await writeFile(config, 'language: json\n');

  const [expression, constant, unknown] = await Promise.all([
    flowrpc(['check', graph]),
    flowrpc(['check', graph, '--config', config]),
    writeFile(join(dir, 'wrong.yaml'), 'language: lua\n').then(() =>
      flowrpc(['check', graph, '--config', join(dir, 'wrong.yaml')]),
    ),
  ]);

  expect(expression.stderr).toContain('field "code": cannot read');
  expect(constant.stderr).toContain('field "code": it is not JSON');
  expect(unknown.stderr).toMatch(/language is "lua", wanted/);
});
