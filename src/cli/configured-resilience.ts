import {
  type BudgetOptions,
  type CircuitBreakerOptions,
  circuitBreaker,
  type DeadlineBounds,
  type DeadlineOptions,
  deadline,
  type FaultRule,
  faults,
  type HeaderFaultOptions,
  type HedgingOptions,
  hedging,
  type RetrySettings,
  retry,
  type ThrottleOptions,
} from 'flowrpc/interceptors';
import { listOf, mappingOf, type Rule, record, required, rule } from '../graph/rules.ts';
import { jsonLogger } from '../observability/index.ts';
import { configurable } from './config-interceptors.ts';
import {
  bytes,
  duration,
  errorCode,
  errorCodes,
  flag,
  mappingOr,
  metadataKey,
  notNegative,
  positive,
  share,
  text,
  whole,
} from './config-values.ts';

const off = rule('false', (value) => value === false);
const throttle = mappingOr(
  record('a mapping such as { maxTokens: 10 }', { maxTokens: positive, tokenRatio: positive } satisfies Record<
    keyof ThrottleOptions,
    Rule
  >),
  off,
);
const idempotencyKey: Rule = {
  wanted: `${metadataKey.wanted}, or false`,
  read: (value, path, report) => (value === false ? value : metadataKey.read(value, path, report)),
};
const budget = mappingOr(
  record('a mapping such as { ratio: 0.1 }', {
    ratio: notNegative,
    minimum: notNegative,
    windowMs: duration,
  } satisfies Record<keyof BudgetOptions, Rule>),
  off,
);

type DeadlineEntry = DeadlineBounds & Pick<DeadlineOptions, 'report'>;

const deadlineEntry = configurable<DeadlineEntry | number>({
  options: () =>
    mappingOr(
      record('a mapping such as { defaultMs: 500ms }', {
        defaultMs: duration,
        maxMs: duration,
        minimumMs: duration,
        reserveMs: duration,
        streams: flag,
        report: rule('"methods", "addresses" or "off"', (value) =>
          ['methods', 'addresses', 'off'].includes(value as string),
        ),
      } satisfies Record<keyof DeadlineEntry, Rule>),
      duration,
    ),
  make: deadline,
});

interface Limits {
  throttle?: ThrottleOptions | false;
  budget?: BudgetOptions | false;
  idempotencyKey?: string | false;
}
type RetryEntry = RetrySettings & Limits;

const retryEntry = configurable<RetryEntry>({
  options: () =>
    record('a mapping such as { attempts: 3 }', {
      attempts: whole,
      baseDelayMs: duration,
      maxDelayMs: duration,
      multiplier: positive,
      jitter: share,
      codes: errorCodes,
      nonIdempotent: flag,
      attemptTimeoutMs: duration,
      maxBytes: bytes,
      throttle,
      budget,
      idempotencyKey,
    } satisfies Record<keyof RetryEntry, Rule>),
  make: retry,
});

type HedgingEntry = Omit<HedgingOptions, keyof Limits> & Limits;

const hedgingEntry = configurable<HedgingEntry>({
  places: ['edges'],
  options: () =>
    record('a mapping such as { delayMs: 100ms }', {
      attempts: whole,
      delayMs: duration,
      codes: errorCodes,
      nonIdempotent: flag,
      maxBytes: bytes,
      throttle,
      budget,
      idempotencyKey,
    } satisfies Record<keyof HedgingEntry, Rule>),
  make: hedging,
});

type CircuitEntry = Omit<CircuitBreakerOptions, 'key' | 'onChange'>;

const circuitEntry = configurable<CircuitEntry>({
  options: () =>
    record('a mapping such as { consecutiveFailures: 5 }', {
      consecutiveFailures: positive,
      failureRate: share,
      minimumCalls: whole,
      windowMs: duration,
      openMs: duration,
      probes: whole,
      codes: errorCodes,
      maxCircuits: whole,
    } satisfies Record<keyof CircuitEntry, Rule>),
  make(options) {
    const logger = jsonLogger();
    return circuitBreaker({ ...options, onChange: (change) => logger.warn('circuit changed', change) });
  },
});

interface FaultsEntry {
  rules?: readonly Omit<FaultRule, 'match'>[];
  headers?: boolean | HeaderFaultOptions;
}

const percent = rule('a number from 0 to 100', (value) => typeof value === 'number' && value >= 0 && value <= 100);

const faultsEntry = configurable<FaultsEntry>({
  options: () =>
    record('a mapping such as { rules: [{ percent: 1, abort: UNAVAILABLE }] }', {
      rules: listOf(
        'a list of faults',
        record('a mapping such as { percent: 1, abort: UNAVAILABLE }', {
          metadata: mappingOf(
            'a mapping of metadata keys to texts',
            metadataKey.wanted,
            (name) => metadataKey.read(name, [], () => {}) !== undefined,
            text,
          ),
          percent,
          delayMs: duration,
          abort: mappingOr(
            record('a mapping such as { code: UNAVAILABLE }', { code: required(errorCode), message: text }),
            errorCode,
          ),
          afterResponses: notNegative,
        } satisfies Record<keyof Omit<FaultRule, 'match'>, Rule>),
      ),
      headers: mappingOr(
        record('a mapping such as { maxPercent: 10 }', { maxDelayMs: duration, maxPercent: percent } satisfies Record<
          keyof HeaderFaultOptions,
          Rule
        >),
        flag,
      ),
    } satisfies Record<keyof FaultsEntry, Rule>),
  make: ({ rules = [], headers = false }) => faults(rules, { headers }),
});

/** What bounds and repeats calls, and what tests that. */
export const resilience = {
  deadline: deadlineEntry,
  retry: retryEntry,
  hedging: hedgingEntry,
  circuitBreaker: circuitEntry,
  faults: faultsEntry,
};
