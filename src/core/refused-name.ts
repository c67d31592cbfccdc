const refused: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Names that reach into JavaScript's own objects; refused everywhere a user names something. */
export function isRefusedName(text: string): boolean {
  return refused.has(text);
}
