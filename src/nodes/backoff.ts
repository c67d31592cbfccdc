import { duration, positiveDuration } from './duration-field.ts';
import { type Check, checked, isMapping } from './schema.ts';

/** Milliseconds to wait before a repeat; the first one has number 1. */
export type Backoff = (repeat: number) => number;

/** A wait that is the same each time. */
export function constantBackoff(delayMs: number): Backoff {
  return () => delayMs;
}

/** `{ initial, factor, max, jitter }`: the first wait, how it grows and up to where, and the share of it that chance adds or takes away. */
export const backoff: Check<Backoff> = (value = {}) => {
  const { initial = 50, factor = 2, max = 5_000, jitter = 0.2 } = mapping(value);
  const initialMs = part('initial', () => duration(initial));
  const maxMs = part('max', () => positiveDuration(max));
  const growth = part('factor', () => number('a number from 1 to 10', 1, 10)(factor));
  const share = part('jitter', () => number('a share from 0 to 1', 0, 1)(jitter));
  return (repeat) => Math.min(initialMs * growth ** (repeat - 1), maxMs) * (1 + share * (2 * Math.random() - 1));
};

const mapping = checked('a mapping such as { initial: 50ms, factor: 2, max: 5s, jitter: 0.2 }', (value) =>
  isMapping(value, ['initial', 'factor', 'max', 'jitter']) ? value : undefined,
);

function number(wanted: string, from: number, to: number): Check<number> {
  return checked(wanted, (value) => (typeof value === 'number' && value >= from && value <= to ? value : undefined));
}

function part<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw new Error(`${name}: ${(thrown as Error).message}`);
  }
}
