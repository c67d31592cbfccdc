import { outgoing } from '../client/call-options.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import type { HandlerContext } from '../core/context.ts';
import { maxTimerMs, remaining } from '../core/deadline.ts';
import { checkOptions } from '../core/options.ts';
import { ok, type Status, statusFrom } from '../core/status.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { decodeValue } from '../wire/value.ts';
import {
  closeGrace,
  type Dialogue,
  type DialogueRequestOptions,
  type DialogueSettings,
  type DialogueStats,
} from './dialogue.ts';
import type { DialogueBase } from './dialogue-context.ts';
import { cancelledError, endedError, errorOf } from './dialogue-error.ts';
import type { RawFrame } from './dialogue-frame.ts';
import { Handling } from './dialogue-handling.ts';
import { Heartbeat } from './dialogue-heartbeat.ts';
import { textMetadata } from './dialogue-metadata.ts';
import { Outbox } from './dialogue-outbox.ts';
import { checkName, payloadBytes } from './dialogue-payload.ts';
import { PendingRequests } from './dialogue-pending.ts';

/** What differs between the two sides. */
export interface DialogueEnd {
  readonly base: DialogueBase;
  readonly context: HandlerContext | undefined;
  /** As `HandlingInit.mask`. */
  mask(thrown: unknown): Status;
  /** Ends the call at once. */
  abort(status: Status): void;
  /** All was sent. True when that ends the call, as it does on servers. */
  readonly endsCall: boolean;
}

const requestNames = ['timeoutMs', 'deadline', 'signal', 'metadata', 'parent'];

/** One side of a dialogue: both do the same once the call is there. */
export class DialogueStream implements Dialogue {
  /** What the call takes as this side's messages. */
  readonly outbox: Outbox;
  readonly closed: Promise<Status>;
  readonly heartbeat: Heartbeat;
  readonly #settings: DialogueSettings;
  readonly #end: DialogueEnd;
  readonly #pending = new PendingRequests(() => this.#look());
  readonly #handling: Handling;
  #resolve!: (status: Status) => void;
  #leaving = false;
  #ended: Status | undefined;

  constructor(settings: DialogueSettings, end: DialogueEnd) {
    this.#settings = settings;
    this.#end = end;
    this.outbox = new Outbox(settings.maxPending, () => {
      if (this.#leaving && end.endsCall) this.finish(ok());
    });
    const { base } = end;
    this.#handling = new Handling({
      dialogue: this,
      base,
      settings,
      outbox: this.outbox,
      mask: (thrown) => end.mask(thrown),
      onChange: () => this.#look(),
    });
    const { heartbeatMs: intervalMs, missed } = settings;
    this.heartbeat = new Heartbeat({
      intervalMs,
      missed,
      send: (n) => void this.outbox.push({ case: 'heartbeat', value: { n, ack: false } }),
      silent: () =>
        this.finish(statusFrom(Code.UNAVAILABLE, `The peer is silent: ${missed} heartbeats were not answered`)),
    });
    this.closed = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get context(): HandlerContext | undefined {
    return this.#end.context;
  }

  get stats(): DialogueStats {
    return {
      pending: this.#pending.size,
      handling: this.#handling.working,
      waiting: this.outbox.size,
      dropped: this.#handling.dropped,
    };
  }

  /** What the answer is made of is the other side's word, so any type fits. */
  async request(name: string, payload?: unknown, options: DialogueRequestOptions = {}): Promise<never> {
    checkOptions('dialogue.request', options, requestNames);
    checkName(name);
    const { timeoutMs, maxPending, maxPayloadBytes } = this.#settings;
    if (this.#ended !== undefined) throw endedError(name, this.#ended);
    if (this.#leaving)
      throw new StatusError(Code.UNAVAILABLE, `Cannot request "${name}": the dialogue is being closed`);
    if (this.#pending.size >= maxPending || this.outbox.full)
      throw new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `Cannot request "${name}": ${this.#pending.size} requests wait already`,
      );
    const bytes = payloadBytes(payload, maxPayloadBytes);
    const { cancellation, metadata } = outgoing('unary', options, { timeoutMs, forward: [], trace: true });
    const { reason } = cancellation;
    if (reason !== undefined) throw cancelledError(name, reason);
    const { id, answer } = this.#pending.open(name, cancellation, (id) => {
      void this.outbox.push({ case: 'cancel', value: { id } });
    });
    if (cancellation.reason === undefined) {
      const left = remaining(cancellation.deadline);
      const value = {
        id,
        name,
        payload: bytes,
        timeoutMs: left > maxTimerMs ? 0 : Math.ceil(left),
        metadata: textMetadata(metadata),
      };
      void this.outbox.push({ case: 'request', value });
    }
    return (await answer) as never;
  }

  async notify(name: string, payload?: unknown): Promise<boolean> {
    checkName(name);
    const bytes = payloadBytes(payload, this.#settings.maxPayloadBytes);
    if (this.#leaving || this.#ended !== undefined || this.outbox.full) return false;
    const { metadata, cancellation } = outgoing('bidi', {}, { timeoutMs: 0, forward: [], trace: true });
    cancellation.close();
    await this.outbox.push({ case: 'notification', value: { name, payload: bytes, metadata: textMetadata(metadata) } });
    return this.#ended === undefined;
  }

  /** Reads what the other side says, to its end. */
  async read(frames: AsyncIterable<RawFrame>): Promise<void> {
    try {
      for await (const frame of frames) {
        if (this.#ended !== undefined) return;
        const calm = this.#receive(frame);
        if (calm !== undefined) await calm;
      }
    } catch (thrown) {
      this.finish(statusOf(thrown));
    }
  }

  /** The other side says no more, but still listens. */
  leave(): void {
    this.heartbeat.stop();
    this.#pending.failAll((name) => endedError(name, ok()));
    this.#leave();
  }

  async close(options: { graceMs?: number } = {}): Promise<void> {
    const graceMs = closeGrace(options);
    if (this.#ended !== undefined) return;
    const cut = (): void => this.finish(statusFrom(Code.CANCELLED, 'The dialogue was closed'));
    const timer = setTimeout(cut, Math.min(graceMs, maxTimerMs));
    this.#leave();
    await this.closed;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** It is over; the first status counts. */
  finish(status: Status): void {
    if (this.#ended !== undefined) return;
    this.#ended = status;
    this.heartbeat.stop();
    this.#handling.end(new CancelReason('client-gone', 'The dialogue ended', { cause: status.cause }));
    this.#pending.failAll((name) => endedError(name, status));
    if (status.code !== Code.OK) this.#end.abort(status);
    this.outbox.end();
    this.#resolve(status);
  }

  #leave(): void {
    this.#leaving = true;
    this.#handling.refuse();
    this.#look();
  }

  #look(): void {
    if (this.#leaving && this.#pending.size === 0 && this.#handling.size === 0) this.outbox.end();
  }

  #receive({ kind }: RawFrame): void | Promise<void> {
    this.heartbeat.heard();
    switch (kind?.case) {
      case 'request':
        return this.#handling.request(kind.value);
      case 'notification':
        return this.#handling.notification(kind.value);
      case 'response': {
        const { id, payload } = kind.value;
        return this.#pending.answer(id, () => decodeValue(payload));
      }
      case 'error':
        return this.#pending.fail(kind.value.id, errorOf(kind.value));
      case 'cancel':
        return this.#handling.cancel(kind.value.id);
      case 'heartbeat':
        if (kind.value.ack) return undefined;
        return this.outbox.answer({ kind: { case: 'heartbeat', value: { n: kind.value.n, ack: true } } });
    }
  }
}
