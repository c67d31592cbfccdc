import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShownGraph } from '../../docs/page.ts';

/** Where files stand as users of uniflow have them. */
export const folder = 'test/nodes/uniflow';

/** What `variables.yaml` reads. */
const values = `# values.yaml
- { name: network, data: { PORT: 8000 } }
- { name: house, data: { motto: festina lente } }
`;

/** A file as a graph that can be checked and served. */
export function graphOf(name: string): ShownGraph {
  const page = join(folder, name);
  const files: Record<string, string> = name === 'variables.yaml' ? { 'values.yaml': values } : {};
  return { page, section: name, line: 1, yaml: readFileSync(page, 'utf8'), commands: [], files };
}
