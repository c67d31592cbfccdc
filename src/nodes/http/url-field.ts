import { type Check, checked } from '../schema.ts';

/** A field that is a URL of one of some schemes, with a host. */
export function urlField(...schemes: readonly string[]): Check<URL> {
  return checked(`a URL such as "${schemes[0]}://example.com/path"`, (value) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
    const url = new URL(value);
    return schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '' ? url : undefined;
  });
}

/** A field that is a mapping of names to a text, or to a list of texts. */
export const textsByName: Check<Record<string, string | string[]>> = checked(
  'a mapping of names to text or lists of text',
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const right = Object.values(value).every((item: unknown) => [item].flat().every((one) => typeof one === 'string'));
    return right ? (value as Record<string, string | string[]>) : undefined;
  },
);
