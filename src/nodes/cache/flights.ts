import { Code } from '../../core/code.ts';
import { remaining } from '../../core/deadline.ts';
import { statusOf } from '../../core/status-error.ts';
import { anyByteStream } from '../byte-stream.ts';
import { copyValue } from '../copy-value.ts';
import { streamsIn } from '../held-streams.ts';
import type { NodeContext } from '../node-context.ts';
import { cancelled } from '../on-cancel.ts';
import type { Reply } from '../reply.ts';
import { Ended, orRunEnded } from '../run-ended.ts';
import { FlightPath, type Leader } from './flight-path.ts';
import { ValueMap } from './value-map.ts';

/** Somebody asks just now. */
interface Flight extends Leader {
  /** The reply, in a list of one; undefined when it says something of the leader alone. */
  readonly landed: Promise<readonly [reply: Reply] | undefined>;
  /** Others who want a copy of the reply. */
  waiting: number;
}

/** Asks what nobody knows. The key is a copy, and stays as it is. */
export type Question = (key: unknown) => Reply | Promise<Reply>;

/** Lets equal questions that are asked at one time be asked once: one asks, and the others get a copy of the reply. */
export class Flights {
  readonly #byKey = new ValueMap<Flight>();
  readonly #open = new Set<Flight>();

  /**
   * The reply to a question. When whoever asks is cancelled or runs out of time, the next one of those who wait asks again: their own time is not over.
   */
  async ask(key: unknown, context: NodeContext, question: Question): Promise<Reply> {
    for (;;) {
      const flight = this.#byKey.get(key);
      if (flight === undefined) return await this.#lead(key, context, question);
      const path = new FlightPath(context, this.#open);
      // On a way that leads back here nobody may wait for itself.
      if (path.isAwaitedBy(flight)) return await this.#lead(key, context, question);
      flight.waiting += 1;
      const landed = await path.during(flight, () => orRunEnded(context, flight.landed));
      flight.waiting -= 1;
      if (landed instanceof Ended) return landed.reason;
      if (landed !== undefined) return copyValue(landed[0]);
    }
  }

  async #lead(key: unknown, context: NodeContext, question: Question): Promise<Reply> {
    let land!: (shared: readonly [reply: Reply] | undefined) => void;
    const landed = new Promise<readonly [reply: Reply] | undefined>((resolve) => (land = resolve));
    const flight: Flight = { context, landed, waiting: 0, awaits: new Set() };
    const kept = copyValue(key);
    this.#byKey.set(kept, flight);
    this.#open.add(flight);
    FlightPath.lead(flight);
    let shared: readonly [reply: Reply] | undefined;
    try {
      const reply = await orRunEnded(context, Promise.resolve(question(kept)));
      if (reply instanceof Ended) return reply.reason;
      if (cancelled(context) === undefined && !isOwn(reply, context) && !isStreamed(reply))
        shared = [flight.waiting > 0 ? copyValue(reply) : reply];
      return reply;
    } finally {
      this.#byKey.delete(kept, flight);
      this.#open.delete(flight);
      land(shared);
    }
  }
}

/** Whether a value has bytes that are read once. */
export function isStreamed(value: unknown): boolean {
  return anyByteStream() && streamsIn(value).length > 0;
}

/** An answer may be late by so much because of the time of whoever asked, though that is not quite over. */
const nearMs = 50;

/** Whether an error tells of the time and will of whoever asked, and not of whom was asked. */
function isOwn(reply: Reply, { deadline }: NodeContext): boolean {
  if (!(reply instanceof Error) || remaining(deadline) > nearMs) return false;
  const { code } = statusOf(reply);
  return code === Code.CANCELLED || code === Code.DEADLINE_EXCEEDED;
}
