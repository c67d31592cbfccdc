import {
  Code,
  type Context,
  checkOptions,
  type Interceptor,
  type Status,
  streamsRequests,
  streamsResponses,
} from 'flowrpc';
import { settled } from './calls/harmless.ts';
import { LoopDelay } from './limits/load-shed-delay.ts';
import { HeapRoom } from './limits/load-shed-heap.ts';
import { AdaptiveLimit } from './limits/load-shed-limit.ts';
import { type Priority, priorities, priorityOf } from './limits/priority.ts';
import { type Refusal, refuse } from './limits/rate-limit-refusal.ts';

export interface LoadShedOptions {
  /** Calls in flight that are let in before anything is known. Default 50. */
  initialLimit?: number;
  /** The limit never sinks below. Default 5. */
  minLimit?: number;
  /** Nor does it rise above. Default 1,000. */
  maxLimit?: number;
  /** How many times longer than usual calls may take before the limit sinks. Default 2. */
  tolerance?: number;
  /** From this delay of the event loop on calls are shed, `low` ones first. Default 100; `false` to look at latencies only. */
  maxLoopDelayMs?: number | false;
  /**
   * From this share of V8's heap on calls are shed with RESOURCE_EXHAUSTED, `low` ones a little earlier, those that matter more a little
   * later. Default 0.85; `false` to leave memory alone.
   */
  maxHeapShare?: number | false;
  /**
   * How much a call matters. `metadata` believes `x-priority` of anybody who can call; a function may look who calls first.
   * Left out, and for undefined or a promise: `normal`.
   */
  priority?: 'metadata' | ((call: Context) => Priority | undefined);
  /** When those who were refused should come back, give or take a quarter, so that they do not come in step. Default 1,000. */
  retryAfterMs?: number;
  /** Default UNAVAILABLE, which clients repeat by themselves. For want of memory it is RESOURCE_EXHAUSTED in any case. */
  code?: typeof Code.UNAVAILABLE | typeof Code.RESOURCE_EXHAUSTED;
  /** Services that are never shed nor counted. Default: health, reflection and flowrpc's own control service. */
  exempt?: readonly string[];
}

/** The interceptor with what it found out. */
export interface LoadShed extends Interceptor, AsyncDisposable {
  /** Calls in flight that are allowed now. */
  readonly limit: number;
  /** Unary calls under way, handlers included that go on after their call. */
  readonly inFlight: number;
  /** Calls refused so far. */
  readonly shed: Readonly<Record<Priority, number>>;
  /** How late the event loop was of late. */
  readonly loopDelayMs: number;
  /** How much of V8's heap is in use, garbage included: 0 to 1; 0 when nobody looks. */
  readonly heapShare: number;
  /** Stops watching the event loop; latencies go on to count. */
  close(): Promise<void>;
}

const optionNames = [
  'initialLimit',
  'minLimit',
  'maxLimit',
  'tolerance',
  'maxLoopDelayMs',
  'maxHeapShare',
  'priority',
  'retryAfterMs',
  'code',
  'exempt',
];

const exemptServices = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
  'flowrpc.v1.Control',
];

/** Which part of the limit calls of a priority may fill: the rest is kept for those that matter more. */
const shares: Readonly<Record<Priority, number>> = { low: 0.7, normal: 0.9, high: 0.95, critical: 1 };
/** How many times `maxLoopDelayMs` it takes until a priority is shed; at twice as much all of it is. */
const patience: Readonly<Record<Priority, number>> = {
  low: 1,
  normal: 2,
  high: 4,
  critical: Number.POSITIVE_INFINITY,
};
/** How much of the heap beyond `maxHeapShare` calls of a priority may fill, too: even what matters most ends with the process. */
const further: Readonly<Record<Priority, number>> = { low: -1 / 3, normal: 0, high: 0.2, critical: 0.4 };

/**
 * Refuses calls while there is more to do than can be done in time, so that the others end well. How many may be in flight
 * follows from latencies; a late event loop and a full heap shed more; what matters least goes first. Refused calls were carried out
 * by nobody, and say when to come back. Streams are let in by the same rule and not counted, for their length says nothing.
 */
export function loadShed({
  initialLimit = 50,
  minLimit = 5,
  maxLimit = 1_000,
  tolerance = 2,
  maxLoopDelayMs = 100,
  maxHeapShare = 0.85,
  priority,
  retryAfterMs = 1_000,
  code = Code.UNAVAILABLE,
  exempt = exemptServices,
  ...rest
}: LoadShedOptions = {}): LoadShed {
  checkOptions('loadShed', rest, optionNames);
  if (!(minLimit >= 1 && maxLimit >= minLimit && initialLimit >= minLimit && initialLimit <= maxLimit))
    throw new RangeError(
      `Cannot keep a limit of ${initialLimit} between ${minLimit} and ${maxLimit}: wanted 1 ≤ minLimit ≤ initialLimit ≤ maxLimit`,
    );
  if (!(tolerance > 1))
    throw new RangeError(`Cannot tolerate ${tolerance} times the usual latency: wanted more than 1`);
  if (maxLoopDelayMs !== false && !(maxLoopDelayMs > 0))
    throw new RangeError(`Cannot shed at maxLoopDelayMs ${maxLoopDelayMs}: wanted more than 0, or false`);
  if (maxHeapShare !== false && !(maxHeapShare > 0 && maxHeapShare < 1))
    throw new RangeError(`Cannot shed at maxHeapShare ${maxHeapShare}: wanted a share between 0 and 1, or false`);
  if (!(retryAfterMs >= 0)) throw new RangeError(`Cannot advise to wait ${retryAfterMs} ms: wanted 0 or more`);
  if (code !== Code.UNAVAILABLE && code !== Code.RESOURCE_EXHAUSTED)
    throw new TypeError(`Cannot shed with code ${String(code)}: wanted UNAVAILABLE or RESOURCE_EXHAUSTED`);
  if (priority !== undefined && priority !== 'metadata' && typeof priority !== 'function')
    throw new TypeError(`Cannot rank calls by ${JSON.stringify(priority)}: wanted "metadata" or a function`);
  if (!Array.isArray(exempt) || exempt.some((service) => typeof service !== 'string'))
    throw new TypeError(`Cannot exempt ${JSON.stringify(exempt)}: wanted a list of full names of services`);
  const exempted = new Set<string>(exempt);
  const limiter = new AdaptiveLimit({ initial: initialLimit, min: minLimit, max: maxLimit, tolerance });
  const loop = maxLoopDelayMs === false ? undefined : new LoopDelay();
  const heap = maxHeapShare === false ? undefined : new HeapRoom();
  const shed: Record<Priority, number> = { low: 0, normal: 0, high: 0, critical: 0 };
  const credit: Record<Priority, number> = { low: 0, normal: 0, high: 0, critical: 0 };
  const rank = priority === 'metadata' ? priorityOf : (priority ?? (() => undefined));
  const busy = { code, reason: 'OVERLOADED', text: 'Too much to do: come back later' };
  let inFlight = 0;

  const interceptor: Interceptor = async function loadShed(call, next) {
    const { method } = call;
    if (exempted.has(method.service)) return next(call);
    const ranked = settled('priority of loadShed()', rank(call));
    const level = ranked !== undefined && priorities.includes(ranked) ? ranked : 'normal';
    if (inFlight >= limiter.limit * shares[level] || !awake(level)) return refused(level, busy);
    if (filled(level)) return refused(level, outOfMemory);
    if (streamsRequests(method.kind) || streamsResponses(method.kind)) return next(call);
    inFlight += 1;
    limiter.started(inFlight);
    const start = performance.now();
    const status = await next(call);
    const tookMs = performance.now() - start;
    if (status.code === Code.OK) limiter.succeeded(method, tookMs);
    else if (dropped(status, call) && hadTime(call, tookMs)) limiter.dropped();
    const { unsettled } = call;
    if (unsettled === undefined) inFlight -= 1;
    else unsettled.then(() => (inFlight -= 1));
    return status;
  };

  /** Who gives a server less time than calls need says nothing of how busy it is. */
  function hadTime({ side, method, deadline }: Context, tookMs: number): boolean {
    if (side === 'client') return true;
    const usualMs = limiter.usualMs(method);
    const givenMs = deadline - Date.now() + tookMs;
    return usualMs !== undefined && Math.min(tookMs, givenMs) >= tolerance * usualMs;
  }

  /** While the loop is late, lets in the share of calls that its delay leaves to their priority, evenly spread. */
  function awake(level: Priority): boolean {
    if (loop === undefined) return true;
    const share = 2 - loop.ms / ((maxLoopDelayMs as number) * patience[level]);
    if (share >= 1) return true;
    credit[level] += Math.max(0, share);
    if (credit[level] < 1) return false;
    credit[level] -= 1;
    return true;
  }

  function filled(level: Priority): boolean {
    if (heap === undefined) return false;
    const most = maxHeapShare as number;
    return heap.full(most + (1 - most) * further[level], inFlight);
  }

  function refused(level: Priority, why: Pick<Refusal, 'code' | 'reason' | 'text'>): Status {
    shed[level] += 1;
    return refuse({ ...why, retryMs: retryAfterMs * (0.75 + Math.random() / 2) });
  }

  const close = async (): Promise<void> => loop?.close();
  return Object.defineProperties(interceptor, {
    limit: { get: () => Math.floor(limiter.limit) },
    inFlight: { get: () => inFlight },
    shed: { get: () => ({ ...shed }) },
    loopDelayMs: { get: () => loop?.ms ?? 0 },
    heapShare: { get: () => heap?.share ?? 0 },
    close: { value: close },
    [Symbol.asyncDispose]: { value: close },
  }) as LoadShed;
}

const outOfMemory = {
  code: Code.RESOURCE_EXHAUSTED,
  reason: 'MEMORY',
  text: 'Too little memory left: come back later',
} as const;

/** The callee could not keep up: on clients its own refusals say so, too. */
function dropped({ code }: Status, { side }: Context): boolean {
  if (code === Code.DEADLINE_EXCEEDED) return true;
  return side === 'client' && (code === Code.UNAVAILABLE || code === Code.RESOURCE_EXHAUSTED);
}
