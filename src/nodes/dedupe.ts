import type { CallNode } from '../core/call.ts';
import { isPromise } from '../core/requests.ts';
import { measure } from './measure.ts';
import { orCancelled } from './or-cancelled.ts';
import type { Reply } from './reply.ts';

const keepMs = 60_000;
const maxKept = 10_000;
const maxKeptBytes = 16 * 1024 * 1024;

interface UnderWay {
  readonly call: CallNode;
  readonly reply: Promise<Reply>;
}

interface Answered {
  readonly reply: Reply;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly until: number;
}

/**
 * Packets that were executed, by id, so that one which is sent again is not executed again: a repeat of one under way waits for the same
 * reply, one of an answered packet gets it at once. An error is no answer that is kept: whoever repeats wants another try; nor is the
 * end of a call that its own caller cancelled. Keeps 10,000 answers and 16 MiB for 60 s.
 */
export class Dedupe {
  readonly #underWay = new Map<string, UnderWay>();
  /** In the order in which they were answered. */
  readonly #answered = new Map<string, Answered>();
  #bytes = 0;

  /** Answers kept. */
  get size(): number {
    return this.#answered.size;
  }

  run(key: string, call: CallNode, work: () => Reply | Promise<Reply>): Reply | Promise<Reply> {
    const known = this.#answered.get(key);
    if (known !== undefined && known.until > Date.now()) return known.reply;
    const running = this.#underWay.get(key);
    if (running !== undefined) return this.#join(running, key, call, work);
    const reply = work();
    if (!isPromise(reply)) return this.#keep(key, reply);
    if (this.#underWay.size >= maxKept) return reply;
    const settled = reply.then((value) => {
      this.#underWay.delete(key);
      return this.#keep(key, value);
    });
    this.#underWay.set(key, { call, reply: settled });
    return settled;
  }

  async #join(running: UnderWay, key: string, call: CallNode, work: () => Reply | Promise<Reply>): Promise<Reply> {
    const reply = await orCancelled(call, running.reply);
    const cut = running.call.cancellation.reason !== undefined && call.cancellation.reason === undefined;
    return cut && reply instanceof Error ? this.run(key, call, work) : reply;
  }

  #keep(key: string, reply: Reply): Reply {
    if (reply instanceof Error) return reply;
    const now = Date.now();
    const bytes = sizeOf(reply);
    this.#drop(key);
    this.#answered.set(key, { reply, bytes, until: now + keepMs });
    this.#bytes += bytes;
    for (const [oldest, { until }] of this.#answered) {
      if (until > now && this.#answered.size <= maxKept && this.#bytes <= maxKeptBytes) break;
      this.#drop(oldest);
    }
    return reply;
  }

  #drop(key: string): void {
    const known = this.#answered.get(key);
    if (known === undefined) return;
    this.#answered.delete(key);
    this.#bytes -= known.bytes;
  }
}

function sizeOf(reply: Reply): number {
  try {
    return typeof reply === 'symbol' ? 8 : measure(reply);
  } catch {
    // Only what is about to fail as a reply: it is not worth keeping.
    return maxKeptBytes;
  }
}
