import { readFileSync } from 'node:fs';
import { silentLogger } from 'flowrpc';
import { createGraph, formatProblems, parseSpecs, type StoredValue } from 'flowrpc/graph';
import { describe, expect, test } from 'vitest';

const stored = (name: string, data: unknown, id = 1): StoredValue => ({
  id: `0190b7c0-0000-7000-8000-00000000000${id}`,
  namespace: 'default',
  name,
  data,
});
const values = [
  stored('db', { port: 50_051 }),
  stored('users-token', { token: 't' }, 2),
  stored('signature', { text: 'us' }, 3),
];

/** The YAML of a page, each block a graph of its own. */
function graphsOf(page: string): string[] {
  return [...readFileSync(`docs/${page}`, 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)]
    .map((match) => match[1]!)
    .filter((text) => text.includes('kind:'));
}

describe.each(['values.md', 'blocks-and-charts.md'])('the graphs of docs/%s', (page) => {
  test.each(graphsOf(page))('load without a problem: %s', async (text) => {
    const { specs, problems } = parseSpecs(text, { file: page });

    await using graph = await createGraph({
      specs,
      problems,
      values,
      environment: { USERS_HOST: 'localhost' },
      logger: silentLogger,
      allowPending: true,
    });

    expect(formatProblems(graph.problems)).toBe('');
    for (const { name, kind } of graph.nodes) {
      if (kind === 'greeting') expect(await graph.call(name!, null)).toMatch(/^Hello (?:Ada|Bob), signed us$/);
      if (kind === 'block') expect(await graph.call(name!, { age: 20 })).toEqual({ logged: true });
    }
  });
});
