import { checked } from '../schema.ts';

/** A field that is a list of names of protocols that are spoken by messages. */
export const subprotocols = checked('a list of names such as [chat]', (value): readonly string[] | undefined => {
  const named = (one: unknown): boolean => typeof one === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(one);
  return Array.isArray(value) && value.every(named) && new Set(value).size === value.length ? value : undefined;
});
