const advice: ReadonlyMap<unknown, string> = new Map([
  ['runtime', 'write "namespace" and "language" at the top'],
  ['database', 'write "store" with the name of a folder, or nothing for one in memory'],
  ['collection', 'leave it out: a store keeps specs and values apart'],
  ['plugins', 'pass kinds and hooks to createRuntime in a program of yours'],
]);

/** What became of a top-level key of uniflow's config files, to be told where it is unknown; undefined for any other. */
export function formerKey(key: unknown): string | undefined {
  return advice.get(key);
}
