/** An entry of a table by a name that somebody else wrote: `constructor` and its like are not found. */
export function lookup<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
