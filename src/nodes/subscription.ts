import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamCall } from '../client/stream-call.ts';
import { Code, codeName } from '../core/code.ts';
import { streamsResponses } from '../core/method.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import type { Logger } from '../observability/logger.ts';
import type { Backoff } from './backoff.ts';
import type { NodeInstance, SourceContext } from './node-context.ts';
import type { RemoteMethod } from './remote-method.ts';

export interface SubscriptionOptions {
  readonly request: unknown;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly backoff: Backoff;
  /** The field of messages that says where to go on, and the field of the request that takes it. */
  readonly resume: { readonly from: string; readonly to: string } | undefined;
  /** What the end of the stream means. */
  readonly end: 'again' | 'stop';
  /** Messages that are handled at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** How a subscription stands. */
export interface SubscriptionStatus {
  readonly state: 'connecting' | 'subscribed' | 'waiting' | 'stopped';
  /** Messages that started a process. */
  readonly messages: number;
  /** Streams begun, the first one included. */
  readonly streams: number;
  /** Why the last stream ended. */
  readonly reason?: string;
  /** Where the next stream goes on. */
  readonly position?: unknown;
}

/** Codes that time alone does not mend: tried again all the same, but no sooner than after the longest wait. */
const lasting: ReadonlySet<Code> = new Set([
  Code.INVALID_ARGUMENT,
  Code.NOT_FOUND,
  Code.PERMISSION_DENIED,
  Code.UNAUTHENTICATED,
  Code.UNIMPLEMENTED,
  Code.FAILED_PRECONDITION,
]);
const longest = 64;

/** A source whose packets are the messages of a stream of responses; begins again whenever that ends. */
export class Subscription implements NodeInstance {
  readonly #remote: RemoteMethod;
  readonly #options: SubscriptionOptions;
  #status: SubscriptionStatus = { state: 'connecting', messages: 0, streams: 0 };
  #running = 0;
  #freed: (() => void) | undefined;

  constructor(remote: RemoteMethod, options: SubscriptionOptions) {
    this.#remote = remote;
    this.#options = options;
  }

  get status(): SubscriptionStatus {
    return this.#status;
  }

  /** Goes on where another one, with the same request, has come to. */
  handover(old: NodeInstance): void {
    if (!(old instanceof Subscription) || old.#status.position === undefined) return;
    const place = ({ request, resume }: SubscriptionOptions): string => JSON.stringify([request, resume ?? null]);
    if (old.#remote.label !== this.#remote.label || place(old.#options) !== place(this.#options)) return;
    this.#set({ position: old.#status.position });
  }

  async start(context: SourceContext): Promise<void> {
    const { signal, log } = context;
    let failures = 0;
    while (!signal.aborted) {
      const before = this.#status.messages;
      const failure = await this.#stream(context);
      if (signal.aborted) break;
      if (failure === undefined && this.#options.end === 'stop') break;
      failures = this.#status.messages > before ? 1 : failures + 1;
      this.#set({ state: 'waiting', reason: this.#reason(failure) });
      const waitMs = this.#options.backoff(failure !== undefined && lasting.has(failure.code) ? longest : failures);
      this.#tell(log, failure, waitMs);
      await sleep(waitMs, undefined, { signal, ref: false }).catch(() => {});
    }
    this.#set({ state: 'stopped' });
  }

  /** One stream to its end; why it failed, when it did. */
  async #stream(context: SourceContext): Promise<StatusError | undefined> {
    const { signal } = context;
    this.#set({ state: 'connecting', streams: this.#status.streams + 1 });
    try {
      const metadata = this.#options.metadata ?? {};
      const { kind, call, response } = await this.#remote.begin(this.#request(), { signal, metadata, parent: null });
      if (!streamsResponses(kind)) {
        call.cancel();
        throw new StatusError(
          Code.FAILED_PRECONDITION,
          `${this.#remote.label} has one response: wanted a stream of them`,
        );
      }
      const messages = call as StreamCall<unknown>;
      void messages.header.then((header) => header.size > 0 && this.#set({ state: 'subscribed' }));
      for await (const message of messages) {
        await this.#room(context);
        if (signal.aborted) break;
        this.#take(response(message), context);
      }
      return undefined;
    } catch (thrown) {
      const { code, message } = statusOf(thrown);
      // What it was to go on from is gone: everything anew.
      if (code === Code.OUT_OF_RANGE) this.#set({ position: undefined });
      return new StatusError(code || Code.UNKNOWN, message, { cause: thrown });
    }
  }

  #request(): unknown {
    const { request, resume } = this.#options;
    const { position } = this.#status;
    if (resume === undefined || position === undefined) return request;
    return { ...(request as object), [resume.to]: position };
  }

  /** Starts a process for a message; those of the next ones may run beside it. */
  #take(payload: unknown, { emit, log }: SourceContext): void {
    const { resume, timeoutMs } = this.#options;
    const position = resume && (payload as Record<string, unknown> | null)?.[resume.from];
    this.#set({
      state: 'subscribed',
      messages: this.#status.messages + 1,
      ...(position !== undefined && { position }),
    });
    this.#running += 1;
    const ended = (): void => {
      this.#running -= 1;
      this.#freed?.();
    };
    void emit(payload, { timeoutMs })
      .then((reply) => reply instanceof Error && log.warn('a message could not be handled', { error: reply }))
      .catch((error: unknown) => log.warn('a message was not handled', { error }))
      .then(ended);
  }

  /** Waits while as many messages are handled as may be; until the graph closes at the most. */
  async #room({ ready, signal }: SourceContext): Promise<void> {
    await ready();
    while (this.#running >= this.#options.concurrency && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const free = (): void => {
          this.#freed = undefined;
          signal.removeEventListener('abort', free);
          resolve();
        };
        this.#freed = free;
        signal.addEventListener('abort', free);
      });
    }
  }

  #reason(failure: StatusError | undefined): string {
    return failure === undefined ? 'the stream ended' : `${codeName(failure.code)}: ${failure.statusMessage}`;
  }

  #tell(log: Logger, failure: StatusError | undefined, waitMs: number): void {
    const level = failure === undefined ? 'info' : lasting.has(failure.code) ? 'error' : 'warn';
    const method = this.#remote.label;
    log[level]('subscription ended, and begins again', {
      method,
      reason: this.#reason(failure),
      waitMs: Math.round(waitMs),
    });
  }

  #set(change: { [N in keyof SubscriptionStatus]?: SubscriptionStatus[N] | undefined }): void {
    const { position, ...rest } = { ...this.#status, ...change };
    this.#status = { ...(rest as SubscriptionStatus), ...(position !== undefined && { position }) };
  }
}
