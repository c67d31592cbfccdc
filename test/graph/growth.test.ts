import {
  checkGraph,
  drawingOf,
  formatProblems,
  type NodeSpec,
  parseSpecs,
  readSpecs,
  validateGraph,
} from 'flowrpc/graph';
import { kinds } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { PathSet } from '../../src/graph/path-set.ts';

// What grew faster than its spec would not end within the time of a test, or stand in memory.
const levels = 15;

/** Blocks in each other, each port of which leads several ways to the next. */
function nested(ways: number): string {
  const ports = (inner: string): string =>
    Array.from({ length: ways }, (_, way) => `p${way}: [${`{ name: x, port: ${inner} },`.repeat(ways)}]`).join(', ');
  let spec = '{ kind: filter, name: x, when: self }';
  for (let level = 0; level < levels; level++) {
    const [inner, outer] = level === 0 ? ['in', 'dropped'] : ['p0', 'p0'];
    spec = `{ kind: block, name: x, specs: [${spec}], inbounds: { ${ports(inner)} }, outbounds: { ${ports(outer)} } }`;
  }
  return `- ${spec}\n`;
}

function specsOf(text: string): readonly NodeSpec[] {
  const { specs, problems } = parseSpecs(text, { file: 'large.yaml' });
  expect(formatProblems(problems)).toBe('');
  return specs;
}

function many(count: number, part: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => part(index)).join('');
}

describe('blocks in each other, whose ports lead several ways', () => {
  test('validateGraph() refuses more edges than a graph may have', () => {
    const found = validateGraph(specsOf(nested(3)), { kinds });

    expect(formatProblems(found)).toContain('blocks make more than 100000 edges of those that are written');
  });

  test('drawingOf() draws each arrow once', () => {
    const specs = specsOf(
      `${nested(6)}- { kind: filter, name: y, when: self, ports: { dropped: [{ name: x, port: p5 }] } }\n`,
    );

    const { edges } = drawingOf(specs);

    expect(edges).toMatchObject([{ from: 'default.y', toPort: 'in' }]);
  });

  test('checkGraph() asks each node inside once for its files and types', async () => {
    const inbounds = `{ in: [${'{ name: x, port: in },'.repeat(6)}] }`;
    let spec = '{ kind: filter, name: x, when: self }';
    for (let level = 0; level < levels; level++)
      spec = `{ kind: block, name: x, specs: [${spec}], inbounds: ${inbounds} }`;

    await expect(checkGraph({ specs: specsOf(`- ${spec}\n`) })).resolves.toEqual([]);
  });
});

test('validateGraph() looks for near names for the first hundred problems alone', () => {
  const name = 'a'.repeat(40);
  const charts = many(3_000, (index) => `- { kind: chart, name: ${name}${index}, specs: [{ kind: nop }] }\n`);
  const found = validateGraph(specsOf(charts + many(3_000, (index) => `- { kind: ${name}bbb${index} }\n`)), { kinds });

  expect(found).toHaveLength(3_000);
  expect(found.filter(({ suggestion }) => suggestion !== undefined)).toHaveLength(100);
});

test('validateGraph() does not copy the env of a block for each node inside', () => {
  const env = Object.fromEntries(Array.from({ length: 40_000 }, (_, index) => [`k${index}`, { data: 1 }]));
  const inner = Array.from({ length: 9_000 }, () => ({ kind: 'nop', env: { own: { data: 1 } } }));
  const { specs, problems } = readSpecs([{ kind: 'block', name: 'b', env, specs: inner }]);

  expect([...problems, ...validateGraph(specs, { kinds })]).toEqual([]);
});

test('PathSet tells of 100,000 paths whether one touches them', () => {
  const set = new PathSet(Array.from({ length: 100_000 }, (_, index) => ['list', index, 'a']));

  for (let index = 0; index < 100_000; index++) {
    expect(set.touches(['list', String(index)])).toBe(true);
    expect(set.touches(['list', index, 'b'])).toBe(false);
  }
  expect([set.touches([]), set.touches(['list', 3, 'a', 'b']), set.touches(['other'])]).toEqual([true, true, false]);
  expect([new PathSet([]).touches([]), new PathSet([[]]).touches(['a'])]).toEqual([false, true]);
});
