/** Why a text is no pattern; undefined when it is one. A `*` stands at its beginning or its end, or is all of it. */
export function patternProblem(pattern: string): string | undefined {
  const stars = pattern.split('*').length - 1;
  if (stars === 0 || pattern === '*') return undefined;
  if (stars === 1 && (pattern.startsWith('*') || pattern.endsWith('*'))) return undefined;
  return 'wanted one "*" at most, at its beginning or end';
}

/**
 * Whether any of the patterns fits a value (gRFC A43): `abc` itself, `abc*` what begins with it, `*abc` what ends with it, `*`
 * whatever is not empty.
 */
export function anyPattern(patterns: readonly string[]): (value: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const present = patterns.includes('*');
  const others = patterns.filter((pattern) => pattern !== '*');
  const prefixes = others.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  const suffixes = others.filter((pattern) => pattern.startsWith('*')).map((pattern) => pattern.slice(1));
  return (value) =>
    exact.has(value) ||
    (present && value !== '') ||
    prefixes.some((prefix) => value.startsWith(prefix)) ||
    suffixes.some((suffix) => value.endsWith(suffix));
}
