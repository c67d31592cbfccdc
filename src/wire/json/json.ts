/** What `JSON.parse` gives and `JSON.stringify` takes. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An object of JSON, not a list and not null. */
export function isObject(json: unknown): json is { [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
