import fc from 'fast-check';
import { type Drawing, dotOf, drawingOf, mermaidOf, parseSpecs, readSpecs, svgOf } from 'flowrpc/graph';
import { describe, expect, test } from 'vitest';

const graph = `
- kind: switch
  name: route
  matches: []
  ports:
    out: [{ name: users, port: in }, { name: users.v1.Users, port: Get, target: 'dns:///users:50051' }]
    error: [{ name: report, port: in }]
- { kind: snippet, name: users, language: text, code: x, ports: { out: [{ name: route, port: in }, { name: nobody, port: in }] } }
- kind: block
  name: report
  specs:
    - { kind: snippet, language: text, code: x, ports: { out: [{ name: last, port: in }] } }
    - { kind: snippet, name: last, language: text, code: x }
  inbounds: { in: [{ name: $0, port: in }] }
  outbounds: { out: [{ name: last, port: out }] }
  ports: { out: [{ name: users, port: in }] }
`;

function drawn(text: string): Drawing {
  return drawingOf(parseSpecs(text).specs);
}

const arrows = ({ edges }: Drawing): string[] =>
  edges.map(({ from, port, to, toPort }) => `${from}.${port} ${to}.${toPort}`);

describe('drawingOf', () => {
  test('has a box for each node, block, service outside and name that leads nowhere', () => {
    const { nodes } = drawn(graph);

    expect(nodes.map(({ key, type, inside, detail }) => [key, type, detail, inside])).toEqual([
      ['default.route', 'node', 'switch', undefined],
      ['default.users', 'node', 'snippet', undefined],
      ['default.report', 'block', 'block', undefined],
      ['default.report/$0', 'node', 'snippet', 'default.report'],
      ['default.report/last', 'node', 'snippet', 'default.report'],
      ['dns:///users:50051 users.v1.Users', 'remote', 'dns:///users:50051', undefined],
      ['? default/nobody', 'missing', 'missing', undefined],
    ]);
  });

  test('leads edges of a block to and from the nodes inside', () => {
    expect(arrows(drawn(graph))).toEqual([
      'default.route.out default.users.in',
      'default.route.out dns:///users:50051 users.v1.Users.Get',
      'default.route.error default.report/$0.in',
      'default.users.out default.route.in',
      'default.users.out ? default/nobody.in',
      'default.report/last.out default.users.in',
      'default.report/$0.out default.report/last.in',
    ]);
  });

  test('tells cycles and error edges', () => {
    const { edges } = drawn(graph);

    expect(edges.map(({ cyclic }) => cyclic)).toEqual([true, false, true, true, false, true, true]);
    expect(edges.map(({ error }) => error)).toEqual([false, false, true, false, false, false, false]);
    expect(drawn('{ kind: fork, name: a, ports: { out: [{ name: a, port: in }] } }').edges[0]).toMatchObject({
      cyclic: true,
    });
  });

  test('draws a chart where it is used, and not by itself', () => {
    const { nodes, edges } = drawn(`
- kind: chart
  name: greeter
  specs: [{ kind: snippet, name: hello, language: text, code: '{{ .secret }}' }]
  inbounds: { in: { name: hello, port: in } }
  env: { secret: { name: vault, data: '{{ .password }}' } }
- { kind: greeter, name: one }
- { kind: fork, name: two, ports: { out: [{ name: one, port: in }] } }
`);

    expect(nodes.map(({ key, type, detail }) => [key, type, detail])).toEqual([
      ['default.one', 'block', 'greeter'],
      ['default.one/hello', 'node', 'snippet'],
      ['default.two', 'node', 'fork'],
    ]);
    expect(edges).toMatchObject([{ from: 'default.two', to: 'default.one/hello' }]);
  });

  test('a chart of itself, and blocks without end, do not make it run on', () => {
    const charts = `
- { kind: chart, name: a, specs: [{ kind: b }, { kind: b }] }
- { kind: chart, name: b, specs: [{ kind: a }, { kind: a }] }
- { kind: a, name: x }
`;

    expect(drawn(charts).nodes.length).toBeLessThanOrEqual(10_100);
  });

  test('says the namespace when there are several', () => {
    const { specs } = readSpecs([
      { kind: 'fork', name: 'a' },
      { kind: 'fork', name: 'a', namespace: 'other' },
    ]);

    expect(drawingOf(specs).nodes.map(({ label }) => label)).toEqual(['default/a', 'other/a']);
  });

  test('marks inactive nodes with their reason, inner nodes with their block, and counts', () => {
    const { nodes, edges } = drawingOf(parseSpecs(graph).specs, {
      inactive: new Map([['default.report', 'value "vault" is missing']]),
      nodeCounts: new Map([['default.users', { packets: 7, errors: 1, processes: 2 }]]),
      portCounts: new Map([['default.users/out', { packets: 5, errors: 0 }]]),
    });

    expect(nodes.flatMap(({ key, inactive }) => (inactive === undefined ? [] : [key]))).toEqual([
      'default.report',
      'default.report/$0',
      'default.report/last',
    ]);
    expect(nodes[1]!.counts).toEqual({ packets: 7, errors: 1, processes: 2 });
    expect(edges.map(({ counts }) => counts?.packets)).toEqual([
      undefined,
      undefined,
      undefined,
      5,
      5,
      undefined,
      undefined,
    ]);
  });
});

describe('mermaidOf', () => {
  test('writes a flowchart, the same each time', () => {
    const drawing = drawingOf(parseSpecs(graph).specs, {
      inactive: new Map([['default.users', 'no such file']]),
      portCounts: new Map([['default.route/out', { packets: 1, errors: 1 }]]),
    });

    expect(mermaidOf(drawing)).toBe(`flowchart LR
  n0["route<br/>switch"]
  n1["users<br/>snippet<br/>inactive: no such file"]
  subgraph n2["report<br/>block"]
    n3["$0<br/>snippet"]
    n4["last<br/>snippet"]
  end
  n5(["users.v1.Users<br/>dns:///users:50051"])
  n6["nobody<br/>missing"]
  n0 -- "out: 1 packet, 1 error" --> n1
  n0 -- "out → Get: 1 packet, 1 error" --> n5
  n0 -. "error" .-> n3
  n1 -- "out" --> n0
  n1 -- "out" --> n6
  n4 -- "out" --> n1
  n3 -- "out" --> n4
  classDef inactive fill:#eeeeee,stroke:#999999,color:#777777
  class n1 inactive
  classDef remote fill:#eef4ff,stroke:#6688bb
  class n5 remote
  classDef missing fill:#ffeeee,stroke:#cc4444,color:#aa2222,stroke-dasharray:4
  class n6 missing
  linkStyle 0,2,3,5,6 stroke:#cc7700
`);
    expect(mermaidOf({ nodes: [], edges: [] })).toBe('flowchart LR\n');
  });
});

describe('dotOf', () => {
  test('writes a digraph with a cluster for each block', () => {
    const text = dotOf(drawn(graph));

    expect(text).toContain(
      'subgraph cluster_n2 {\n    label="report\\nblock"; color="#555555"\n    n3 [label="$0\\nsnippet"]',
    );
    expect(text).toContain('n0 -> n3 [label="error", style=dashed, color="#cc7700"]');
    expect(text).toContain('n5 [label="users.v1.Users\\ndns:///users:50051", shape=ellipse');
    expect(text).toContain('n6 [label="nobody\\nmissing", style="rounded,dashed"');
  });
});

describe('svgOf', () => {
  test('makes a picture', async () => {
    const svg = await svgOf(dotOf(drawn(graph)), { nodes: 7 });

    expect(svg).toMatch(/<svg [\s\S]*<text [^>]*>users\.v1\.Users<\/text>[\s\S]*<\/svg>\s*$/);
  });

  test('refuses more than a picture can hold', async () => {
    await expect(svgOf('digraph {}', { nodes: 2_001 })).rejects.toThrow(
      'Cannot draw 2001 nodes as svg: wanted at most 2000',
    );
  });

  test('takes labels as text, whatever is in them', async () => {
    const evil = [
      '"</text><script>alert(1)</script>',
      '<b onclick="x">&amp;&lt;',
      '\\N \\G \\" ]; node [URL="javascript:alert(1)"] x',
      "'); DROP --\n</svg>",
    ];
    const svg = await svgOf(dotOf(boxes(evil)), { nodes: evil.length });

    expect(svg).not.toMatch(/<script|<b |<a |onclick="x"|javascript:alert\(1\)"/);
    expect(svg.match(/<svg /g)).toHaveLength(1);
    expect(svg).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(svg).toContain('&amp;amp;&amp;lt;');
    expect(svg).toContain('\\N \\G \\');
  });
});

test('no text can leave its label: neither quotes nor brackets nor line ends get through, in either language', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (label) => {
      const drawing = boxes([label]);
      const mermaid = mermaidOf(drawing).split('\n');
      const dot = dotOf(drawing).split('\n');

      expect(mermaid).toHaveLength(3);
      expect(mermaid[1]!.replaceAll(/#\d+;/g, '')).toMatch(/^ {2}n0\["[^"`<>{}%&|;#]*<br\/>kind"\]$/);
      expect(dot).toHaveLength(7);
      expect(dot[4]).toMatch(/^ {2}n0 \[label="(?:[^"\\<>]|\\\\|\\"|\\n)*"\]$/);
    }),
  );
});

test('whatever specs say, they are drawn: every arrow has both its ends, and the text is the same each time', () => {
  const name = fc.constantFrom('a', 'b', 'c', '$0', 'chart', 'x y', '');
  const port = fc.constantFrom('in', 'out', 'out[0]', 'error', 'init', '');
  const target = fc.record(
    { name, id: fc.constant('0193a0c4-4376-7000-af02-9dc01a32d603'), port, target: fc.constant('dns:///x:1') },
    { requiredKeys: ['port'] },
  );
  const ports = fc.oneof(fc.dictionary(port, fc.array(target, { maxLength: 3 }), { maxKeys: 2 }), fc.anything());
  const { spec } = fc.letrec<{ spec: object }>((tie) => ({
    spec: fc.record(
      {
        kind: fc.constantFrom('fork', 'block', 'chart', 'a', 'b', 'nope'),
        name,
        namespace: fc.constantFrom('default', 'other'),
        ports,
        specs: fc.oneof({ depthSize: 'small' }, fc.array(tie('spec'), { maxLength: 3 }), fc.anything()),
        inbounds: ports,
        outbounds: ports,
      },
      { requiredKeys: ['kind'] },
    ),
  }));
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 6 }), (written) => {
      const { specs } = readSpecs(written);
      const drawing = drawingOf(specs);
      const keys = new Set(drawing.nodes.map(({ key }) => key));

      for (const { from, to } of drawing.edges) expect([keys.has(from), keys.has(to)]).toEqual([true, true]);
      for (const { inside } of drawing.nodes) expect(inside === undefined || keys.has(inside)).toBe(true);
      expect(mermaidOf(drawing)).toBe(mermaidOf(drawingOf(specs)));
      expect(dotOf(drawing)).toBe(dotOf(drawingOf(specs)));
    }),
    { numRuns: 400 },
  );
});

function boxes(labels: readonly string[]): Drawing {
  return {
    nodes: labels.map((label, index) => ({ key: `k${index}`, label, detail: 'kind', type: 'node' })),
    edges: [],
  };
}
