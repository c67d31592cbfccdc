/** Whether a result counts as true: not null, false, zero, NaN, nor an empty text, list, mapping or bytes. */
export function isTrue(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return Boolean(result);
  if (result instanceof Error) throw result;
  if (Array.isArray(result) || result instanceof Uint8Array) return result.length > 0;
  for (const _key in result) return true;
  return false;
}
