import { stringify } from 'yaml';

/** One document, or a list of them, as the text of a YAML or JSON file. */
export function printDocuments(value: unknown, { json }: { json: boolean }): string {
  return json ? `${printJson(value, '')}\n` : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** JSON as `JSON.stringify` writes it, bigint too. */
function printJson(value: unknown, indent: string): string {
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => printJson(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${printJson(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return items.length === 0 ? `${open}${close}` : `${open}\n${inner}${items.join(`,\n${inner}`)}\n${indent}${close}`;
}
