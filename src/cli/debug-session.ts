import type { StreamCall } from '../client/stream-call.ts';
import { Queue } from '../core/queue.ts';
import { StatusError } from '../core/status-error.ts';
import type { Raw } from '../runtime/control-service.ts';
import type {
  Breakpoint,
  DebugRequest,
  DebugResponse,
  DebugResponse_Ended,
  DebugResponse_Hit,
  DebugResponse_Released,
} from '../wire/gen/flowrpc/v1/debug.ts';
import type { ControlChannel } from './control-channel.ts';

/** A packet that the server holds for this session. */
export type Hit = Raw<DebugResponse_Hit>;
export type Released = Raw<DebugResponse_Released>;
export type Ended = Raw<DebugResponse_Ended>;
export type DebugCommand = NonNullable<Raw<DebugRequest>['command']>;

export interface DebugWatcher {
  onHit(hit: Hit): void;
  onReleased(released: Released): void;
  onEnded(ended: Ended): void;
}

/** How often the server is told that somebody is there: three times as often as it wants to know. */
const heartbeatMs = 10_000;

/** A Debug call: breakpoints and held packets live as long as it does. */
export class DebugSession implements AsyncDisposable {
  /** Held packets, longest first. */
  readonly hits = new Map<number, Hit>();
  /** Settles when the session is over. Never rejects. */
  readonly ended: Promise<void>;
  readonly #requests = new Queue<Raw<DebugRequest>>();
  readonly #answers = new Map<number, (answer: readonly Breakpoint[] | Error) => void>();
  readonly #watcher: DebugWatcher;
  readonly #call: StreamCall<Raw<DebugResponse>>;
  readonly #timer: ReturnType<typeof setInterval>;
  #sent = 0;
  #over: Error | undefined;
  #failure: Error | undefined;

  constructor({ client }: ControlChannel, watcher: DebugWatcher) {
    this.#watcher = watcher;
    this.#call = client.debug(this.#requests);
    this.#timer = setInterval(() => this.#push(0, { case: 'heartbeat', value: {} }), heartbeatMs);
    this.#timer.unref();
    this.ended = this.#read();
  }

  /** Why it is over, when it was not ended from here. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Sends a command. Resolves with the breakpoints that the answer tells; rejects when the server refuses it, and when the session is over. */
  async command(command: DebugCommand): Promise<readonly Breakpoint[]> {
    const id = ++this.#sent;
    const answer = await new Promise<readonly Breakpoint[] | Error>((resolve) => {
      if (this.#over !== undefined) return resolve(this.#over);
      this.#answers.set(id, resolve);
      this.#push(id, command);
    });
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    this.#call.cancel();
    await this.ended;
  }

  #push(id: number, command: DebugCommand): void {
    // People send no faster than this goes.
    void this.#requests.push({ id, command });
  }

  async #read(): Promise<void> {
    try {
      for await (const { event } of this.#call) if (event !== undefined) this.#take(event);
    } catch (error) {
      if (this.#over === undefined) this.#failure = error as Error;
    } finally {
      this.#close(this.#failure);
    }
  }

  #close(error = new Error('The debugging session is over')): void {
    if (this.#over !== undefined) return;
    this.#over = error;
    clearInterval(this.#timer);
    this.#requests.end();
    for (const answer of this.#answers.values()) answer(error);
    this.#answers.clear();
  }

  #take(event: NonNullable<Raw<DebugResponse>['event']>): void {
    switch (event.case) {
      case 'done':
        return this.#answer(event.value.id, event.value.breakpoints);
      case 'failed': {
        const { id, status } = event.value;
        return this.#answer(id, new StatusError((status?.code ?? 2) as never, status?.message ?? ''));
      }
      case 'hit':
        this.hits.set(event.value.id, event.value);
        return this.#watcher.onHit(event.value);
      case 'released':
        this.hits.delete(event.value.hit);
        return this.#watcher.onReleased(event.value);
      case 'ended':
        return this.#watcher.onEnded(event.value);
    }
  }

  #answer(id: number, answer: readonly Breakpoint[] | Error): void {
    const resolve = this.#answers.get(id);
    this.#answers.delete(id);
    resolve?.(answer);
  }
}
