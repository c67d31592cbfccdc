import { defaultLimits } from '../core/acceptor.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import { runIn } from '../core/current.ts';
import { earliest } from '../core/deadline.ts';
import type { Status } from '../core/status.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { WrongResponse } from '../core/wrong-response.ts';
import { decodeValue } from '../wire/value.ts';
import type { Dialogue, DialogueSettings } from './dialogue.ts';
import { type DialogueBase, RequestContext } from './dialogue-context.ts';
import { errorFrame } from './dialogue-error.ts';
import type { FrameOf } from './dialogue-frame.ts';
import type { Outbox } from './dialogue-outbox.ts';
import { payloadBytes } from './dialogue-payload.ts';

export interface HandlingInit {
  readonly dialogue: Dialogue;
  readonly base: DialogueBase;
  readonly settings: DialogueSettings;
  readonly outbox: Outbox;
  /** What the other side gets to see of a failure; reports what it must not see. */
  mask(thrown: unknown): Status;
  /** One request less to answer. */
  onChange(): void;
}

/** Runs the handlers that the other side asks for. */
export class Handling {
  readonly #init: HandlingInit;
  /** Requests to be answered, by the other side's ids. */
  readonly #unanswered = new Map<number, Cancellation>();
  readonly #working = new Set<Cancellation>();
  #closing = false;
  dropped = 0;

  constructor(init: HandlingInit) {
    this.#init = init;
  }

  /** Requests to be answered. */
  get size(): number {
    return this.#unanswered.size;
  }

  /** Handlers at work; one goes on for as long as it likes after its request is over. */
  get working(): number {
    return this.#working.size;
  }

  /** A promise means: read no more until it resolves. Throws for an id in use. */
  request(request: FrameOf<'request'>): void | Promise<void> {
    const { id, name, timeoutMs } = request;
    const { base, outbox } = this.#init;
    if (this.#unanswered.has(id))
      throw new StatusError(Code.INVALID_ARGUMENT, `Two requests have the id ${id}, and none is answered yet`);
    const own = timeoutMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
    const cancellation = new Cancellation({ deadline: earliest(base.deadline, own) });
    let work: Promise<unknown>;
    try {
      work = this.#start(request, cancellation, false);
    } catch (thrown) {
      return outbox.answer(errorFrame(id, statusOf(thrown)));
    }
    this.#unanswered.set(id, cancellation);
    cancellation.on((reason) => this.#over(id, cancellation, reason));
    work.then(
      (value) => this.#settle(id, cancellation, () => this.#respond(id, name, value)),
      (thrown) => this.#settle(id, cancellation, () => this.#fail(id, thrown)),
    );
  }

  notification(notification: FrameOf<'notification'>): void {
    const cancellation = new Cancellation({ deadline: this.#init.base.deadline });
    try {
      this.#start(notification, cancellation, true).catch((thrown) => {
        // Nobody is told, so the report is all there is.
        if (cancellation.reason === undefined) this.#init.mask(thrown);
      });
    } catch {
      this.dropped += 1;
    }
  }

  /** The other side does not wait any more. */
  cancel(id: number): void {
    this.#unanswered.get(id)?.cancel(new CancelReason('client-gone', 'The request was cancelled by who made it'));
  }

  /** Takes no more requests; those under way go on. */
  refuse(): void {
    this.#closing = true;
  }

  /** The dialogue is over: nobody is left to answer. */
  end(reason: CancelReason): void {
    this.refuse();
    this.#unanswered.clear();
    for (const cancellation of [...this.#working]) cancellation.cancel(reason);
  }

  /** Throws a StatusError for what is not begun. */
  #start(
    { name, payload, metadata }: Pick<FrameOf<'request'>, 'name' | 'payload' | 'metadata'>,
    cancellation: Cancellation,
    notification: boolean,
  ): Promise<unknown> {
    const { settings, base, dialogue } = this.#init;
    const { handlers, maxPending } = settings;
    if (this.#closing) throw new StatusError(Code.UNAVAILABLE, 'The dialogue is being closed');
    // A stranger chose the name.
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (handler === undefined)
      throw new StatusError(Code.UNIMPLEMENTED, `Nothing answers "${name.slice(0, 128)}" here`);
    if (this.working >= maxPending)
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `${maxPending} requests are being handled already`);
    const value = decodeValue(payload);
    const context = contextOf({ base, dialogue, name, notification, metadata, cancellation });
    this.#working.add(cancellation);
    const done = (): void => {
      this.#working.delete(cancellation);
      cancellation.close();
    };
    const work = runIn(context, async () => handler(value, context));
    work.then(done, done);
    return work;
  }

  /** The request ended before its handler. */
  #over(id: number, cancellation: Cancellation, reason: CancelReason): void {
    this.#settle(id, cancellation, () => {
      if (reason.kind === 'deadline') void this.#init.outbox.answer(errorFrame(id, statusOf(reason)));
    });
  }

  #settle(id: number, cancellation: Cancellation, answer: () => void): void {
    if (this.#unanswered.get(id) !== cancellation) return;
    this.#unanswered.delete(id);
    answer();
    this.#init.onChange();
  }

  #respond(id: number, name: string, value: unknown): void {
    try {
      const payload = payloadBytes(value, this.#init.settings.maxPayloadBytes);
      void this.#init.outbox.answer({ kind: { case: 'response', value: { id, payload } } });
    } catch (thrown) {
      const tooLarge = thrown instanceof StatusError && thrown.code === Code.RESOURCE_EXHAUSTED;
      this.#fail(id, tooLarge ? thrown : new WrongResponse(`"${name}" answered what is no value`, { cause: thrown }));
    }
  }

  #fail(id: number, thrown: unknown): void {
    void this.#init.outbox.answer(errorFrame(id, this.#init.mask(thrown)));
  }
}

/** The metadata is a stranger's too. */
function contextOf(init: ConstructorParameters<typeof RequestContext>[0]): RequestContext {
  const { maxMetadataBytes, maxMetadataPairs } = defaultLimits;
  let context: RequestContext;
  try {
    context = new RequestContext(init);
  } catch (thrown) {
    throw new StatusError(Code.INVALID_ARGUMENT, thrown instanceof TypeError ? thrown.message : '');
  }
  if (context.metadata.size > maxMetadataPairs || context.metadata.byteLength > maxMetadataBytes)
    throw new StatusError(Code.RESOURCE_EXHAUSTED, `The metadata of "${init.name}" is above ${maxMetadataBytes} bytes`);
  return context;
}
