import type { CallOptions } from '../client/call-options.ts';
import type { HandlerContext } from '../core/context.ts';
import { checkNotNegative, checkOptions, checkPositive } from '../core/options.ts';
import type { Status } from '../core/status.ts';
import type { DialogueContext } from './dialogue-context.ts';

/** As a method, so that a handler may say what payload it takes. That is trust, not a check: the other side sends what it likes. */
interface Handles {
  handle(payload: unknown, context: DialogueContext): unknown;
}

/** Answers requests of one name with what it returns, or with the StatusError it throws. What it returns for a notification is dropped. */
export type DialogueHandler = Handles['handle'];

/** By name. Payloads and answers are values: null, booleans, numbers, bigints, strings, bytes, lists, plain objects, Errors. */
export type DialogueHandlers = Readonly<Record<string, DialogueHandler>>;

export interface DialogueOptions {
  /** What the other side may ask for; anything else is UNIMPLEMENTED. */
  handlers?: DialogueHandlers;
  /** For requests that say nothing. Default 30 s; `Infinity` for none. */
  timeoutMs?: number;
  /** After so much silence the other side is asked whether it is there. Default 10 s; `Infinity` for never. */
  heartbeatMs?: number;
  /** Heartbeats in a row without an answer, after which the other side counts as gone. Default 3. */
  missed?: number;
  /** Requests under way, in each direction; those beyond are RESOURCE_EXHAUSTED. Default 64. */
  maxPending?: number;
  /** The largest payload or answer sent; keep it below the other side's `maxReceiveBytes`. Default 1,000,000. */
  maxPayloadBytes?: number;
}

/** What a request may say for itself; `parent` as for a call. Metadata is text; `-bin` keys and `authorization` stay here. */
export type DialogueRequestOptions = Pick<CallOptions, 'timeoutMs' | 'deadline' | 'signal' | 'metadata' | 'parent'>;

export interface DialogueStats {
  /** Requests that wait for the other side's answer. */
  readonly pending: number;
  /** Handlers at work, those included whose request is over. */
  readonly handling: number;
  /** Frames that wait to be sent. */
  readonly waiting: number;
  /** Notifications that came and were not handled: unknown, malformed, or too many at once. */
  readonly dropped: number;
}

/**
 * One bidirectional stream on which both sides ask, answer and notify. `Theirs` are the other side's handlers, for their names and
 * types.
 */
export interface Dialogue<Theirs extends DialogueHandlers = DialogueHandlers> extends AsyncDisposable {
  /** Servers: the call it runs on, with peer, session, metadata and values. */
  readonly context: HandlerContext | undefined;
  /**
   * Asks the other side. Rejects with a StatusError: what the other side answered (origin `peer`), DEADLINE_EXCEEDED, CANCELLED,
   * RESOURCE_EXHAUSTED when too many wait or the payload is too large, INVALID_ARGUMENT for a payload that is no value, UNAVAILABLE
   * when the dialogue ends first, or the code it ended with.
   */
  request<N extends keyof Theirs & string>(
    name: N,
    payload?: Parameters<Theirs[N]>[0],
    options?: DialogueRequestOptions,
  ): Promise<Awaited<ReturnType<Theirs[N]>>>;
  /**
   * Tells the other side, at most once and in order. Resolves when there is room for more, with false when the dialogue is over or
   * 1,024 frames wait already. Rejects only for a payload that cannot be sent, as `request` does.
   */
  notify<N extends keyof Theirs & string>(name: N, payload?: Parameters<Theirs[N]>[0]): Promise<boolean>;
  /** How it ended; never rejects. A silent peer is UNAVAILABLE. */
  readonly closed: Promise<Status>;
  readonly stats: DialogueStats;
  /**
   * Takes and makes no more requests, lets those under way finish for `graceMs` (default 5 s), then ends it with OK; what is left
   * after that ends with CANCELLED.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

export type DialogueSettings = Required<DialogueOptions>;

export const dialogueOptionNames = [
  'handlers',
  'timeoutMs',
  'heartbeatMs',
  'missed',
  'maxPending',
  'maxPayloadBytes',
] as const;

/** Defaults filled in. A TypeError or RangeError for what is no such option. */
export function dialogueSettings({
  handlers = {},
  timeoutMs = 30_000,
  heartbeatMs = 10_000,
  missed = 3,
  maxPending = 64,
  maxPayloadBytes = 1_000_000,
}: DialogueOptions): DialogueSettings {
  for (const [name, handler] of Object.entries(handlers))
    if (typeof handler !== 'function')
      throw new TypeError(`Cannot handle "${name}" with ${typeof handler}: wanted a function`);
  checkPositive('timeoutMs', timeoutMs);
  checkPositive('heartbeatMs', heartbeatMs);
  checkPositive('maxPayloadBytes', maxPayloadBytes);
  for (const [name, value] of Object.entries({ missed, maxPending }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`Cannot use ${name} ${String(value)}: wanted a whole number, 1 or above`);
  return { handlers, timeoutMs, heartbeatMs, missed, maxPending, maxPayloadBytes };
}

/** The grace of a `close`. */
export function closeGrace({ graceMs = 5_000, ...rest }: { graceMs?: number }): number {
  checkOptions('dialogue.close', rest, ['graceMs']);
  checkNotNegative('graceMs', graceMs);
  return graceMs;
}
