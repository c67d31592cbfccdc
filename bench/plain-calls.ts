/** Async functions in a row, each awaiting the next: what nodes in a row are without a graph. */
export function plainCalls(depth: number): (payload: unknown) => Promise<unknown> {
  if (depth === 1) return async (payload) => payload;
  const next = plainCalls(depth - 1);
  return async (payload) => await next(payload);
}
