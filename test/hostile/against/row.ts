import { codeName } from 'flowrpc';
import type { RawReply } from '../raw-http2.ts';
import { type Side, Victim } from './victim-process.ts';

/** What came of an input on one side. */
export interface Outcome {
  /** In a few words, for the table. */
  readonly said: string;
  /** Whether that is what the row wants. */
  readonly good: boolean;
}

/** One input of the list, for a server of either side. */
export interface Row {
  readonly mark: string;
  readonly input: string;
  readonly wanted: string;
  attack(victim: Victim): Promise<Outcome>;
}

export interface Judged extends Outcome {
  readonly died: boolean;
  /** Calls of the well-behaved neighbour that came back, of a hundred while it lasted and a hundred after. */
  readonly neighbours: number;
  readonly grownMb: number;
}

/** The universal oracle: whatever was sent, the process stays up and nobody else is harmed. */
export async function judge(row: Row, victim: Victim): Promise<Judged> {
  const before = await victim.state();
  const during = victim.neighbours();
  const { said, good } = await row.attack(victim);
  const neighbours = (await during) + (await victim.neighbours());
  const after = await victim.state();
  const grownMb = before === undefined || after === undefined ? 0 : Math.round((after.rss - before.rss) / 2 ** 20);
  const died = !victim.alive;
  return {
    said: died
      ? `**the process dies** (${victim.lastWords})`
      : neighbours < 200
        ? `${said}; ${200 - neighbours} of 200 calls of others fail`
        : said,
    good: good && !died && neighbours === 200,
    died,
    neighbours,
    grownMb,
  };
}

/** Victims of one side, a new one whenever the last has died. */
export class Victims implements AsyncDisposable {
  readonly #side: Side;
  #last: Victim | undefined;

  constructor(side: Side) {
    this.#side = side;
  }

  async get(): Promise<Victim> {
    if (this.#last?.alive !== true) this.#last = await Victim.start(this.#side);
    return this.#last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last?.[Symbol.asyncDispose]();
  }
}

/** An HTTP status, a gRPC code, or a reset, as the table shows it. */
export function shown({ http, code, rstCode }: RawReply): string {
  if (code !== undefined) return codeName(code);
  if (http !== undefined && http !== 200) return `HTTP ${http}`;
  return rstCode === 0 ? 'no answer' : `reset with ${resets[rstCode] ?? rstCode}`;
}

/** What streams are reset with (RFC 9113, 7). */
const resets: Readonly<Record<number, string>> = {
  1: 'PROTOCOL_ERROR',
  2: 'INTERNAL_ERROR',
  7: 'REFUSED_STREAM',
  8: 'CANCEL',
  9: 'COMPRESSION_ERROR',
  11: 'ENHANCE_YOUR_CALM',
};

export function withHandlers(text: string, handlers: number): string {
  return handlers === 0 ? text : `${text}, ${handlers === 1 ? 'a handler' : `${handlers} handlers`} ran`;
}
