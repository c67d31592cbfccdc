import { quote } from './problems.ts';

/** Something that waits for others, by the names that it has for them, in its own order. */
export interface WaitsFor<K> {
  readonly key: K;
  readonly label: string;
}

const longestReason = 500;

/**
 * Why each cannot run: what is wrong with it, or the first of what it waits for among those that are fewest steps away from what is wrong. So
 * it says the same in whichever order they were found, and never that two wait for each other.
 */
export function explain<K>(faults: ReadonlyMap<K, string | readonly WaitsFor<K>[]>): ReadonlyMap<K, string> {
  const reasons = new Map<K, string>();
  const waiting = new Map<K, K[]>();
  for (const [key, fault] of faults) {
    if (typeof fault === 'string') reasons.set(key, fault);
    else
      for (const target of new Set(fault.map((one) => one.key))) {
        const known = waiting.get(target);
        if (known === undefined) waiting.set(target, [key]);
        else known.push(key);
      }
  }
  let level = [...reasons.keys()];
  while (level.length > 0) {
    const next = new Set(level.flatMap((key) => waiting.get(key) ?? []).filter((key) => !reasons.has(key)));
    const told = [...next].map((key) => [key, reasonOf(faults.get(key) as readonly WaitsFor<K>[], reasons)] as const);
    for (const [key, reason] of told) reasons.set(key, reason);
    level = [...next];
  }
  return reasons;
}

function reasonOf<K>(targets: readonly WaitsFor<K>[], reasons: ReadonlyMap<K, string>): string {
  const { key, label } = targets.find((target) => reasons.has(target.key))!;
  return `Waits for ${quote(label)}, which is inactive: ${reasons.get(key)}`.slice(0, longestReason);
}
