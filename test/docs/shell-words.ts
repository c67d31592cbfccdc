/** The words of a command as a shell takes them apart: quotes of both kinds and backslashes, nothing else. */
export function shellWords(command: string): string[] {
  const words: string[] = [];
  const part = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy;
  let word: string | undefined;
  while (part.lastIndex < command.length) {
    const at = part.lastIndex;
    const match = part.exec(command);
    if (match === null) throw new Error(`Cannot read the command ${command}: a quote at ${at} has no end`);
    const [all, single, double, escaped, plain] = match;
    const text = single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (text !== undefined) word = (word ?? '') + text;
    else if (all !== '' && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** Takes options off the words of a command: `flags` stand alone, `values` take the next word. Gives both, and the other words. */
export function optionsOf(
  words: readonly string[],
  flags: readonly string[],
  values: readonly string[],
): { given: ReadonlySet<string>; values: ReadonlyMap<string, readonly string[]>; rest: readonly string[] } {
  const given = new Set<string>();
  const found = new Map<string, string[]>();
  const rest: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (flags.includes(word)) given.add(word);
    else if (values.includes(word)) found.set(word, [...(found.get(word) ?? []), words[++index] ?? '']);
    else if (word.startsWith('-'))
      throw new Error(`Cannot run ${word}: pages may use ${[...flags, ...values].join(', ')}`);
    else rest.push(word);
  }
  return { given, values: found, rest };
}
