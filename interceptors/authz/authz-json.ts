const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * Reads JSON (RFC 8259) and refuses what `JSON.parse` lets pass: an object that names a field twice, of which it would keep the
 * last and forget the other. In a policy that could be its deny rules. Throws a SyntaxError.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const fields: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [part] of text.matchAll(token)) {
    if (part === '{') fields.push(new Set());
    else if (part === '[') fields.push(undefined);
    else if (part === '}' || part === ']') fields.pop();
    else if (part === ':') note(fields.at(-1), last);
    last = part;
  }
  return value;
}

function note(fields: Set<string> | undefined, quoted: string): void {
  // Escapes may spell one name in two ways.
  const name = JSON.parse(quoted) as string;
  if (fields?.has(name)) throw new SyntaxError(`Field ${JSON.stringify(name)} stands twice in one object`);
  fields?.add(name);
}
