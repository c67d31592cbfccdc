import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../nodes/duration.ts';

/** A time above zero such as `500ms` or `1m30s`, in milliseconds. */
export function positiveDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('Wanted a time above 0, such as 500ms, 1s or 1m30s.');
  return ms;
}

/** A time such as `25s`, in milliseconds; zero is allowed. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Wanted a time, such as 0s, 500ms or 25s.');
  return ms;
}

/** Gathers the values of an option that may be given several times. */
export function several(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

/** Gathers `KEY=VALUE` pairs; a bare `KEY` takes its value from this process's environment, where `ps` does not show it. */
export function environmentEntry(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, key, value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError('Wanted KEY=VALUE, or KEY to take it from the environment.');
  const found = value ?? process.env[key];
  if (found === undefined) throw new InvalidArgumentError(`The environment has no "${key}", wanted KEY=VALUE.`);
  return { ...earlier, [key]: found };
}
