import { type Channel, type Client, Code, connect, createServer, type Status, silentLogger } from 'flowrpc';
import { echo, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';
import { type Plant, plantOf } from './plant.ts';

const lanes = 16;

/** A server and a channel to it over a real socket, under a mix of calls that end in every way. */
export class CallMix implements AsyncDisposable {
  /** Outlives all calls that it is given to. */
  readonly signal: AbortSignal;
  /** Calls that ended otherwise than they should have, by how. */
  readonly wrong = new Map<string, number>();
  readonly #channel: Channel;
  readonly #client: Client<ProbeMethods>;
  readonly #close: () => Promise<unknown>;
  readonly #plant: Plant | undefined;

  private constructor(port: number, close: () => Promise<unknown>, plant: string | undefined) {
    this.signal = new AbortController().signal;
    this.#channel = connect(`127.0.0.1:${port}`);
    this.#client = this.#channel.client(ProbeService);
    this.#close = close;
    this.#plant = plantOf(plant, { signal: this.signal, port });
  }

  /** `plant` names a leak that is to be found. */
  static async open({ plant }: { plant?: string | undefined } = {}): Promise<CallMix> {
    const server = createServer({ logger: silentLogger }).add(ProbeService, {
      ...echo,
      // Settles when the caller has gone: by its deadline, or because it cancelled.
      unary: (request, { signal }) => (request.text === 'wait' ? untilAborted(signal) : request),
    });
    const { port } = await server.listen('127.0.0.1:0');
    return new CallMix(port, () => server.close({ graceMs: 1_000 }), plant);
  }

  /** 60 % unary calls, 15 % server streams, 15 % bidi, 5 % cancelled, 5 % that meet their deadline. */
  async run(calls: number): Promise<void> {
    let next = 0;
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        while (next < calls) await this.#one(next++ % 20);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#plant?.close();
    await this.#channel.close();
    await this.#close();
  }

  async #one(turn: number): Promise<void> {
    const { unary, serverStream, bidi } = this.#client;
    const { signal } = this;
    this.#plant?.leak();
    if (turn < 12) return this.#ended(Code.OK, await unary({ text: 'soak', n: turn }, { signal }).status);
    if (turn < 15) return this.#ended(Code.OK, await drained(serverStream({ text: 's', n: 5 }, { signal })));
    if (turn < 18) return this.#ended(Code.OK, await drained(bidi(two, { signal })));
    if (turn < 19) {
      const call = unary({ text: 'wait', n: 0 }, { signal });
      setTimeout(() => call.cancel(), 2);
      return this.#ended(Code.CANCELLED, await call.status);
    }
    this.#ended(Code.DEADLINE_EXCEEDED, await unary({ text: 'wait', n: 0 }, { signal, timeoutMs: 5 }).status);
  }

  #ended(wanted: Code, { code, message }: Status): void {
    if (code === wanted) return;
    const how = `code ${code} for ${wanted}: ${message.slice(0, 100)}`;
    if (this.wrong.size < 20) this.wrong.set(how, (this.wrong.get(how) ?? 0) + 1);
  }
}

const two = [
  { text: 'a', n: 1 },
  { text: 'b', n: 2 },
];

async function drained<T>(call: AsyncIterable<T> & { readonly status: PromiseLike<Status> }): Promise<Status> {
  try {
    for await (const _ of call);
  } catch {
    // The status says it.
  }
  return await call.status;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
