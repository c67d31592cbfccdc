import { checkOptions } from 'flowrpc';
import { atOnce, harmless } from '../calls/harmless.ts';
import { SlidingCount } from './sliding-count.ts';

export interface BudgetOptions {
  /** Further attempts, as a share of the calls in the window. */
  ratio?: number;
  /** So many in the window are allowed whatever their share, for those that call seldom. */
  minimum?: number;
  windowMs?: number;
}

/** Bounds how much load repeating adds: a share of the calls of the last seconds. */
export interface RetryBudget {
  /** A call begins. What it throws, or rejects with, is a warning of the process. */
  called(): void;
  /** Takes one further attempt out; false when there is none. What it throws ends the call. */
  take(): boolean;
}

/** Makes a budget: by default one further attempt for ten calls in ten seconds, and ten for free. Share it by passing it on. */
export function retryBudget({
  ratio = 0.1,
  minimum = 10,
  windowMs = 10_000,
  ...rest
}: BudgetOptions = {}): RetryBudget {
  checkOptions('a retry budget', rest, ['ratio', 'minimum', 'windowMs']);
  if (!(ratio >= 0)) throw new RangeError(`Cannot budget retries with ratio ${ratio}: wanted 0 or more`);
  if (!(minimum >= 0)) throw new RangeError(`Cannot budget retries with minimum ${minimum}: wanted 0 or more`);
  if (!(windowMs > 0 && windowMs <= 3_600_000))
    throw new RangeError(`Cannot budget retries with windowMs ${windowMs}: wanted more than 0, an hour at most`);
  const calls = new SlidingCount(windowMs);
  const further = new SlidingCount(windowMs);
  return {
    called() {
      calls.add();
    },
    take() {
      const now = performance.now();
      if (further.sum(now) + 1 > Math.max(minimum, ratio * calls.sum(now))) return false;
      further.add(1, now);
      return true;
    },
  };
}

/** The budget that an option stands for; undefined for none. */
export function budgetOf(option: BudgetOptions | RetryBudget | false): RetryBudget | undefined {
  if (option === false) return undefined;
  if (!('take' in option)) return retryBudget(option);
  return {
    called: () => harmless('called() of a retry budget', () => option.called()),
    take: () => atOnce('take() of a retry budget', option.take()),
  };
}
