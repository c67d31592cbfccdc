/** A value that does not fit its field. Collects the path to the field while the encoder unwinds. */
export class Refusal extends Error {
  /** `items[3].id` */
  path = '';

  constructor(wanted: string, value: unknown) {
    super(`wanted ${wanted}, got ${shown(value)}`);
  }

  /** Adds the name of the field, or `[3]` of the element, in which this happened. */
  within(part: string): this {
    const joint = this.path === '' || this.path.startsWith('[') ? '' : '.';
    this.path = part + joint + this.path;
    return this;
  }
}

/** A refusal with a text of its own. */
export function refusal(text: string): Refusal {
  const error = new Refusal('', '');
  error.message = text;
  return error;
}

/** A value as an error message shows it: quoted and short, objects by their kind. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 48 ? `${value.slice(0, 48)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return 'a list';
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `a ${name}` : 'an object';
}
