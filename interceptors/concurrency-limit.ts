import { Code, checkOptions, type Interceptor, remaining, type Status } from 'flowrpc';
import { Slots } from './limits/concurrency-limit-queue.ts';
import { type LimitKey, limitKey } from './limits/rate-limit-key.ts';
import { inWords, refuse } from './limits/rate-limit-refusal.ts';

export interface ConcurrencyLimitOptions {
  /** Calls under way at once, for each key. */
  max: number;
  /** Calls that may wait for their turn, for each key; first come, first served. Default 0: the next one is refused. */
  queue?: number;
  /** How long a call may wait, if its deadline leaves it as much. Default: as long as its deadline allows. */
  maxWaitMs?: number;
  /** What calls are counted by. Default `all`: one count for all calls through this interceptor. */
  key?: LimitKey;
}

/** The interceptor with what it counts, over all keys. */
export interface ConcurrencyLimit extends Interceptor {
  /** Slots taken now, those of handlers included that go on after their call. */
  readonly running: number;
  readonly waiting: number;
}

/**
 * At most `max` calls under way; a stream is under way until it ends. Who finds no slot waits in line, or is refused with
 * RESOURCE_EXHAUSTED, RetryInfo and `grpc-retry-pushback-ms`: at once, too, when the line is full or would, by how long calls
 * took of late, last longer than the call's deadline. A handler that does not heed the end of its call keeps its slot until it
 * settles.
 */
export function concurrencyLimit({
  max,
  queue = 0,
  maxWaitMs = Number.POSITIVE_INFINITY,
  key = 'all',
  ...rest
}: ConcurrencyLimitOptions): ConcurrencyLimit {
  checkOptions('concurrencyLimit', rest, ['max', 'queue', 'maxWaitMs', 'key']);
  if (!(max >= 1)) throw new RangeError(`Cannot limit to ${max} calls at once: wanted 1 or more`);
  if (!(queue >= 0)) throw new RangeError(`Cannot let ${queue} calls wait: wanted 0 or more`);
  if (!(maxWaitMs >= 0)) throw new RangeError(`Cannot let calls wait ${maxWaitMs} ms: wanted 0 or more`);
  const keyOf = limitKey(key);
  const byKey = new Map<string, Slots>();

  const interceptor: Interceptor = async function concurrencyLimit(call, next) {
    const name = keyOf(call);
    if (name === false) return next(call);
    let slots = byKey.get(name);
    if (slots === undefined) byKey.set(name, (slots = new Slots(max)));
    if (!slots.take()) {
      const boundMs = Math.min(maxWaitMs, remaining(call.deadline));
      if (slots.waiting >= queue || (slots.expectedMs ?? 0) > boundMs) return tooMany(slots);
      if (!(await slots.wait(call.signal, boundMs))) return tooMany(slots);
    }
    const start = performance.now();
    const status = await next(call);
    const { unsettled } = call;
    if (unsettled === undefined) leave(name, slots, start);
    else unsettled.then(() => leave(name, slots, start));
    return status;
  };

  function leave(name: string, slots: Slots, start: number): void {
    slots.release(performance.now() - start);
    // Nobody is left: what past calls took is forgotten with the key, unless there is one key for all.
    if (slots.running === 0 && key !== 'all') byKey.delete(name);
  }

  function sum(count: (slots: Slots) => number): number {
    let total = 0;
    for (const slots of byKey.values()) total += count(slots);
    return total;
  }

  return Object.defineProperties(interceptor, {
    running: { get: () => sum(({ running }) => running) },
    waiting: { get: () => sum(({ waiting }) => waiting) },
  }) as ConcurrencyLimit;
}

function tooMany({ running, waiting, expectedMs }: Slots): Status {
  const line = waiting === 0 ? '' : `, ${waiting} waiting`;
  const when = expectedMs === undefined ? '' : `: come back in ${inWords(expectedMs)}`;
  return refuse({
    code: Code.RESOURCE_EXHAUSTED,
    reason: 'CONCURRENCY_LIMIT_EXCEEDED',
    text: `Too many calls at once, ${running} under way${line}${when}`,
    retryMs: expectedMs,
    quota: 'calls at once',
  });
}
