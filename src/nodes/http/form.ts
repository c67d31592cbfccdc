import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** Names of one form, or one query, at most. */
export const maxFields = 1_000;

/** Reads a query or an urlencoded form: every value of every name, in order. INVALID_ARGUMENT for a broken escape. */
export function parseForm(text: string): Record<string, string[]> {
  if (text === '') return {};
  if (/%(?![0-9A-Fa-f]{2})/.test(text))
    throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot read the form: "%" wants two hexadecimal digits after it');
  if (text.split('&', maxFields + 1).length > maxFields)
    throw new StatusError(Code.RESOURCE_EXHAUSTED, `Cannot read the form: it has more than ${maxFields} fields`);
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = fields.get(name);
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return Object.fromEntries(fields);
}

/** Writes a query or an urlencoded form. INVALID_ARGUMENT for what is no mapping of texts. */
export function formatForm(fields: unknown): string {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new StatusError(
      Code.INVALID_ARGUMENT,
      'Cannot write the form: wanted a mapping of names to text or lists of text',
    );
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) if (one !== undefined && one !== null) form.append(name, fieldText(name, one));
  }
  return form.toString();
}

/** A value of a form as text. */
export function fieldText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  throw new StatusError(
    Code.INVALID_ARGUMENT,
    `Cannot write field ${JSON.stringify(name)} of the form: wanted text, a number or a boolean`,
  );
}
