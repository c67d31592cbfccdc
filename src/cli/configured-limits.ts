import { type Context, codeByName } from 'flowrpc';
import {
  type ConcurrencyLimitOptions,
  concurrencyLimit,
  type DedupeOptions,
  dedupe,
  type LimitKey,
  type LoadShedOptions,
  loadShed,
  type RateLimitOptions,
  rateLimit,
  realIpKey,
} from 'flowrpc/interceptors';
import { type Rule, record, required } from '../graph/rules.ts';
import { configurable } from './config-interceptors.ts';
import {
  bytes,
  duration,
  flag,
  mappingOr,
  metadataKey,
  notNegative,
  positive,
  texts,
  whole,
  word,
} from './config-values.ts';
import { callerKey } from './configured-caller.ts';

type KeyEntry = 'peer' | 'identity' | 'caller' | 'ip' | 'all' | { readonly metadata: string };

const limitKey = mappingOr(
  record('a mapping such as { metadata: x-tenant }', { metadata: required(metadataKey) }),
  word('peer', 'identity', 'caller', 'ip', 'all'),
);

/** What other interceptors found out is read here: `caller` from `auth`, `ip` from `realIp`. */
const keys: Readonly<Record<'caller' | 'ip', (call: Context) => string | undefined>> = {
  caller: (call) => call.get(callerKey)?.id,
  ip: (call) => call.get(realIpKey),
};

function keyOf(entry: KeyEntry | undefined): LimitKey | undefined {
  return entry === 'caller' || entry === 'ip' ? keys[entry] : entry;
}

interface RateEntry {
  perSecond: number;
  burst?: number;
  maxKeys?: number;
  key?: KeyEntry;
  maxWaitMs?: number;
  messages?: boolean;
}

const rateEntry = configurable<RateEntry>({
  options: () =>
    record('a mapping such as { perSecond: 100 }', {
      perSecond: required(positive),
      burst: positive,
      maxKeys: whole,
      key: limitKey,
      maxWaitMs: duration,
      messages: flag,
    } satisfies Record<keyof Omit<RateLimitOptions, 'store' | 'shared' | 'logger'>, Rule>),
  make: ({ key, ...options }) => rateLimit({ ...options, key: keyOf(key) }),
});

type ConcurrencyEntry = Omit<ConcurrencyLimitOptions, 'key'> & { key?: KeyEntry };

const concurrencyEntry = configurable<ConcurrencyEntry>({
  options: () =>
    record('a mapping such as { max: 100 }', {
      max: required(whole),
      queue: notNegative,
      maxWaitMs: duration,
      key: limitKey,
    } satisfies Record<keyof ConcurrencyEntry, Rule>),
  make: ({ key, ...options }) => concurrencyLimit({ ...options, key: keyOf(key) }),
});

type ShedEntry = Omit<LoadShedOptions, 'priority'> & { priority?: 'metadata' };

const shedEntry = configurable<ShedEntry>({
  places: ['server', 'nodes'],
  options: () =>
    record('a mapping such as { maxLimit: 1000 }', {
      initialLimit: whole,
      minLimit: whole,
      maxLimit: whole,
      tolerance: positive,
      maxLoopDelayMs: {
        wanted: `${duration.wanted}, or false`,
        read: (value, path, report) => (value === false ? value : duration.read(value, path, report)),
      },
      maxHeapShare: {
        wanted: 'a share between 0 and 1, or false',
        read: (value) => (value === false || (typeof value === 'number' && value > 0 && value < 1) ? value : undefined),
      },
      priority: word('metadata'),
      retryAfterMs: duration,
      code: {
        wanted: 'UNAVAILABLE or RESOURCE_EXHAUSTED',
        read: (value) => (value === 'UNAVAILABLE' || value === 'RESOURCE_EXHAUSTED' ? codeByName(value) : undefined),
      },
      exempt: texts,
    } satisfies Record<keyof ShedEntry, Rule>),
  make(options, wiring) {
    const shedding = loadShed(options);
    wiring.onClose(() => shedding.close());
    return shedding;
  },
});

type DedupeEntry = Omit<DedupeOptions, 'caller'>;

const dedupeEntry = configurable<DedupeEntry>({
  places: ['server', 'nodes'],
  options: () =>
    record('a mapping such as { keepMs: 5m }', {
      header: metadataKey,
      keepMs: duration,
      maxAnswers: whole,
      maxBytes: bytes,
    } satisfies Record<keyof DedupeEntry, Rule>),
  make: (options) =>
    dedupe({
      ...options,
      caller: (call) => call.get(callerKey)?.id ?? call.peer.identity?.names[0] ?? call.peer.identity?.subject,
    }),
});

/** What keeps calls out that are too many, or were made already. */
export const limiting = {
  rateLimit: rateEntry,
  concurrencyLimit: concurrencyEntry,
  loadShed: shedEntry,
  dedupe: dedupeEntry,
};
