import type { Fields } from './schema.ts';

/** Names such as `constructor` are found on every object, so these are read as own properties only. */
export function readerOf(name: string): ((message: Fields) => unknown) | undefined {
  if (!(name in Object.prototype)) return undefined;
  return (message) => (Object.hasOwn(message, name) ? message[name] : undefined);
}
