import type { Environment } from '@marcbachmann/cel-js';
import { format } from './format.ts';
import { charge } from './meter.ts';
import { registerNamespace } from './namespace.ts';
import { matchesPattern } from './pattern.ts';

/** What of the `strings` extension the library does not have, and `matches` in linear time. */
export function registerStrings(environment: Environment): void {
  registerNamespace(environment, 'strings', { 'quote(string): string': (text: string) => JSON.stringify(text) });
  environment
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', (text: string, old: string, next: string) =>
      replace(text, old, next, Number.POSITIVE_INFINITY),
    )
    .registerFunction('string.replace(string, string, int): string', replaceSome)
    .registerFunction('string.reverse(): string', (text: string) => [...counted(text)].reverse().join(''))
    .registerFunction('string.format(list): string', (text: string, values: readonly unknown[]) => format(text, values))
    .registerFunction(`string.${matchesName}(string): bool`, matchesPattern)
    .registerFunction('matches(string, string): bool', matchesPattern);
}

/** What stands for the library's own `matches`, whose time can be exponential. */
export const matchesName = 'flowrpcMatches';

function charAt(text: string, at: bigint): string {
  const letters = [...counted(text)];
  if (at < 0n || at > letters.length) throw new RangeError(`charAt(${at}) is not within a text of ${letters.length}`);
  return letters[Number(at)] ?? '';
}

function replaceSome(text: string, old: string, next: string, limit: bigint): string {
  return replace(text, old, next, limit < 0n ? Number.POSITIVE_INFINITY : Number(limit));
}

function replace(text: string, old: string, next: string, limit: number): string {
  const parts = counted(text).split(old);
  const times = Math.min(limit, parts.length - 1);
  charge((text.length + times * next.length) / 16);
  return [parts.slice(0, times + 1).join(next), ...parts.slice(times + 1)].join(old);
}

function counted(text: string): string {
  charge(text.length >> 3);
  return text;
}
