import type { Drawing, DrawnEdge, DrawnNode } from './drawing.ts';
import { byBlock } from './drawing-nesting.ts';
import { edgeText, nodeLines } from './drawing-text.ts';

const looks = {
  inactive: 'fill:#eeeeee,stroke:#999999,color:#777777',
  remote: 'fill:#eef4ff,stroke:#6688bb',
  missing: 'fill:#ffeeee,stroke:#cc4444,color:#aa2222,stroke-dasharray:4',
};

/** A drawing as a Mermaid flowchart. Whatever nodes are called, it is text there and nothing else. */
export function mermaidOf({ nodes, edges }: Drawing): string {
  const ids = new Map(nodes.map(({ key }, index) => [key, `n${index}`]));
  const lines = ['flowchart LR', ...boxes(nodes, ids)];
  for (const edge of edges) lines.push(`  ${ids.get(edge.from)} ${arrow(edge)} ${ids.get(edge.to)}`);
  const cyclic = edges.flatMap(({ cyclic }, index) => (cyclic ? [index] : []));
  for (const [name, look] of Object.entries(looks)) {
    const marked = nodes.filter((node) => lookOf(node) === name).map(({ key }) => ids.get(key));
    if (marked.length > 0) lines.push(`  classDef ${name} ${look}`, `  class ${marked.join(',')} ${name}`);
  }
  if (cyclic.length > 0) lines.push(`  linkStyle ${cyclic.join(',')} stroke:#cc7700`);
  return `${lines.join('\n')}\n`;
}

function lookOf({ type, inactive }: DrawnNode): keyof typeof looks | undefined {
  if (type === 'remote' || type === 'missing') return type;
  return inactive === undefined ? undefined : 'inactive';
}

function boxes(nodes: readonly DrawnNode[], ids: ReadonlyMap<string, string>): string[] {
  const inner = byBlock(nodes);
  const draw = (inside: string | undefined, indent: string): string[] =>
    (inner.get(inside) ?? []).flatMap((node) => {
      const id = ids.get(node.key)!;
      if (node.type !== 'block') return [`${indent}${id}${shape(node)}`];
      return [`${indent}subgraph ${id}["${text(node)}"]`, ...draw(node.key, `${indent}  `), `${indent}end`];
    });
  return draw(undefined, '  ');
}

function shape(node: DrawnNode): string {
  return node.type === 'remote' ? `(["${text(node)}"])` : `["${text(node)}"]`;
}

function text(node: DrawnNode): string {
  return nodeLines(node).map(escaped).join('<br/>');
}

function arrow(edge: DrawnEdge): string {
  const label = escaped(edgeText(edge));
  return edge.error ? `-. "${label}" .->` : `-- "${label}" -->`;
}

/** Everything but letters, digits and a few harmless signs as its number: there is no way to write markup, links or directives then. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} _.,:/$()[\]→…-]/gu, (character) => `#${character.codePointAt(0)};`);
}
