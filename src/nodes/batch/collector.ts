import { detached } from '../../core/current.ts';
import { remaining } from '../../core/deadline.ts';
import { emitted } from '../emitted.ts';
import { measure } from '../measure.ts';
import type { NodeContext, SourceContext } from '../node-context.ts';
import type { Reply } from '../reply.ts';
import { Ended, orRunEnded } from '../run-ended.ts';
import { repliesFor } from './replies-for.ts';

export interface CollectorOptions {
  /** Payloads in one list at most. */
  readonly size: number;
  /** Longest that the first of a list waits for others, milliseconds. */
  readonly windowMs: number;
  /** Bytes of a list, as `measure` counts; a payload above that goes by itself. */
  readonly bytes: number;
}

/** Somebody who waits for a list to be answered. */
interface Member {
  readonly payload: unknown;
  readonly deadline: number;
  /** Undefined: the list is not sent, and the payload is to go alone. */
  readonly settle: (answer: readonly [reply: Reply] | undefined) => void;
  /** Called when it does not wait any more. */
  leave: () => void;
}

/** Puts together what several processes bring, and has each list handled in a process of its own. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #members = new Set<Member>();
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #source: SourceContext | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** From now on lists can be sent, until the signal of the source aborts: those who wait then go alone. */
  open(source: SourceContext): void {
    this.#source = source;
    source.signal.addEventListener('abort', () => this.close(), { once: true });
  }

  close(): void {
    this.#source = undefined;
    for (const { settle } of this.#take()) settle(undefined);
  }

  /** The reply for one of the list that the payload becomes a part of, in a list of one; undefined when it must go alone. */
  async add(payload: unknown, context: NodeContext): Promise<readonly [reply: Reply] | undefined> {
    if (this.#source === undefined) return undefined;
    const bytes = measure(payload);
    if (this.#members.size > 0 && this.#bytes + bytes > this.#options.bytes) this.#flush();
    let settle: Member['settle'] = () => {};
    const answer = new Promise<Parameters<Member['settle']>[0]>((resolve) => {
      settle = resolve;
    });
    const member: Member = {
      payload,
      deadline: context.deadline,
      settle,
      leave: () => {
        if (this.#members.delete(member)) this.#bytes -= bytes;
        if (this.#members.size === 0) this.#disarm();
      },
    };
    this.#members.add(member);
    this.#bytes += bytes;
    if (this.#members.size >= this.#options.size || this.#bytes >= this.#options.bytes) this.#flush();
    else this.#timer ??= detached(() => setTimeout(() => this.#flush(), this.#options.windowMs));
    const result = await orRunEnded(context, answer);
    member.leave();
    settle(undefined);
    return result instanceof Ended ? [result.reason] : result;
  }

  #take(): Member[] {
    this.#disarm();
    const members = [...this.#members];
    this.#members.clear();
    this.#bytes = 0;
    return members;
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    const members = this.#take();
    const source = this.#source;
    if (source === undefined) for (const { settle } of members) settle(undefined);
    else if (members.length > 0) void send(members, source);
  }
}

/** Bounded by the longest deadline among them, and cancelled when none of them waits any more. */
async function send(members: readonly Member[], source: SourceContext): Promise<void> {
  const waiting = new Set(members);
  const over = new AbortController();
  for (const member of members) {
    member.leave = () => {
      waiting.delete(member);
      if (waiting.size === 0) over.abort();
    };
  }
  const timeoutMs = remaining(Math.max(...members.map(({ deadline }) => deadline)));
  const list = members.map(({ payload }) => payload);
  const reply = await emitted(source, list, { timeoutMs, signal: over.signal });
  const replies = repliesFor(members.length, reply);
  for (const [index, { settle }] of members.entries()) settle([replies[index]]);
}
