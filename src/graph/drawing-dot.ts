import type { Drawing, DrawnEdge, DrawnNode } from './drawing.ts';
import { byBlock } from './drawing-nesting.ts';
import { edgeText, nodeLines } from './drawing-text.ts';

/** A drawing in the DOT language of Graphviz. Whatever nodes are called, it is text there and nothing else. */
export function dotOf({ nodes, edges }: Drawing): string {
  const ids = new Map(nodes.map(({ key }, index) => [key, `n${index}`]));
  const lines = [
    'digraph {',
    '  graph [rankdir=LR, fontname="sans-serif", fontsize=11]',
    '  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="sans-serif", fontsize=11]',
    '  edge [fontname="sans-serif", fontsize=9]',
    ...boxes(nodes, ids),
  ];
  for (const edge of edges) lines.push(`  ${ids.get(edge.from)} -> ${ids.get(edge.to)} [${arrow(edge)}]`);
  return `${[...lines, '}'].join('\n')}\n`;
}

function boxes(nodes: readonly DrawnNode[], ids: ReadonlyMap<string, string>): string[] {
  const inner = byBlock(nodes);
  const draw = (inside: string | undefined, indent: string): string[] =>
    (inner.get(inside) ?? []).flatMap((node) => {
      const id = ids.get(node.key)!;
      if (node.type !== 'block') return [`${indent}${id} [label=${text(node)}${look(node)}]`];
      const color = node.inactive === undefined ? '#555555' : '#bbbbbb';
      return [
        `${indent}subgraph cluster_${id} {`,
        `${indent}  label=${text(node)}; color="${color}"`,
        ...draw(node.key, `${indent}  `),
        `${indent}}`,
      ];
    });
  return draw(undefined, '  ');
}

function look({ type, inactive }: DrawnNode): string {
  if (type === 'remote') return ', shape=ellipse, fillcolor="#eef4ff", color="#6688bb"';
  if (type === 'missing') return ', style="rounded,dashed", color="#cc4444", fontcolor="#aa2222"';
  return inactive === undefined ? '' : ', fillcolor="#eeeeee", color="#999999", fontcolor="#777777"';
}

function arrow(edge: DrawnEdge): string {
  const style = edge.error ? ', style=dashed' : '';
  const color = edge.cyclic ? ', color="#cc7700"' : '';
  return `label=${quoted([edgeText(edge)])}${style}${color}`;
}

function text(node: DrawnNode): string {
  return quoted(nodeLines(node));
}

/** In quotes, where a backslash begins an escape and an ampersand an entity. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) =>
    line
      .replaceAll('&', '&amp;')
      .replaceAll('\\', '\\\\')
      .replaceAll('"', '\\"')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;'),
  );
  return `"${escaped.join('\\n')}"`;
}
