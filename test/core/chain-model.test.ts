import fc from 'fast-check';
import {
  type Channel,
  Code,
  connect,
  createServer,
  type Interceptor,
  inProcess,
  type Server,
  StatusError,
  type StreamCall,
  silentLogger,
} from 'flowrpc';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Probe, ProbeService } from '../suites/probe-service.ts';

afterEach(() => {
  vi.useRealTimers();
});

const timeoutMs = 10_000;

/** What a test lets one side send, when it likes. */
class Tap implements AsyncIterable<Probe> {
  readonly #waiting: Probe[] = [];
  #over: { error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(message: Probe): void {
    this.#waiting.push(message);
    this.#wake?.();
  }

  end(error?: unknown): void {
    this.#over ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Probe> {
    while (true) {
      while (this.#waiting.length > 0) yield this.#waiting.shift()!;
      if (this.#over?.error !== undefined) throw this.#over.error;
      if (this.#over !== undefined) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** What may have become of a call: the codes that it may have ended with, once something has ended it. */
interface Model {
  sent: number;
  answered: number;
  closed: boolean;
  ended: readonly Code[] | undefined;
}

/** A call through three interceptors on each side, all of which write down when they begin and how they end. */
class Real implements AsyncDisposable {
  readonly requests = new Tap();
  readonly responses = new Tap();
  readonly log: Record<'client' | 'server', string[]> = { client: [], server: [] };
  readonly statuses: Code[] = [];
  readonly heard: number[] = [];
  readonly got: number[] = [];
  readonly server: Server;
  readonly channel: Channel;
  readonly call: StreamCall<Probe>;

  constructor() {
    const noting = (side: 'client' | 'server'): Interceptor[] =>
      ['a', 'b', 'c'].map((name) => async (call, next) => {
        this.log[side].push(`> ${name}`);
        const status = await next(call);
        this.log[side].push(`< ${name} ${status.code}`);
        return status;
      });
    const { heard, responses } = this;
    this.server = createServer({ logger: silentLogger, interceptors: noting('server') }).add(ProbeService, {
      async *bidi(requests) {
        void (async () => {
          for await (const { n } of requests) heard.push(n);
        })().catch(() => {});
        yield* responses;
      },
    });
    this.channel = connect(inProcess(this.server), { interceptors: noting('client') });
    this.call = this.channel.client(ProbeService).bidi(this.requests, { timeoutMs });
    void this.call.status.then(({ code }) => this.statuses.push(code));
    void this.#read();
  }

  async #read(): Promise<void> {
    try {
      for await (const { n } of this.call) this.got.push(n);
    } catch {
      // The status tells.
    }
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.call.cancel();
    this.requests.end();
    this.responses.end();
    await this.channel.close();
    await this.server.close({ graceMs: 0 });
  }
}

type Step = fc.AsyncCommand<Model, Real>;

/** A step of either side; what ends the call says with which codes. */
function step(name: string, act: (real: Real, model: Model) => unknown, ends?: readonly Code[]): Step {
  return {
    check: () => true,
    toString: () => name,
    async run(model, real) {
      await act(real, model);
      model.ended ??= ends;
      await real.settle();
      check(model, real);
    },
  };
}

function check({ ended, sent, answered }: Model, { statuses, log, heard, got }: Real): void {
  expect(got).toEqual(got.map((_, index) => index));
  expect(heard).toEqual(heard.map((_, index) => index));
  expect(heard.length).toBeLessThanOrEqual(sent);
  expect(got.length).toBeLessThanOrEqual(answered);
  if (ended === undefined) {
    expect([statuses, heard.length, got.length]).toEqual([[], sent, answered]);
    return;
  }
  expect(statuses).toHaveLength(1);
  expect(ended).toContain(statuses[0]);
  for (const side of ['client', 'server'] as const) {
    const began = log[side].filter((line) => line.startsWith('>')).map((line) => line[2]);
    const left = log[side].filter((line) => line.startsWith('<')).map((line) => line[2]);
    expect(left).toEqual(began.toReversed());
    expect(log[side].slice(0, began.length).every((line) => line.startsWith('>'))).toBe(true);
  }
  for (const line of log.client.filter((each) => each.startsWith('<'))) expect(line.slice(4)).toBe(String(statuses[0]));
}

/** What ends calls by a timer gets its time. */
async function passing(closing: Promise<unknown>): Promise<void> {
  void closing;
  await vi.advanceTimersByTimeAsync(100);
}

const steps: fc.Arbitrary<Step>[] = [
  fc.constant(
    step('message', ({ requests }, model) => {
      if (model.ended === undefined && !model.closed) requests.push({ text: '', n: model.sent++ });
    }),
  ),
  fc.constant(
    step('answer', ({ responses }, model) => {
      if (model.ended === undefined) responses.push({ text: '', n: model.answered++ });
    }),
  ),
  fc.constant(
    step('half-close', ({ requests }, model) => {
      model.closed = true;
      requests.end();
    }),
  ),
  fc.constant(step('the handler ends', ({ responses }) => responses.end(), [Code.OK])),
  fc
    .constantFrom(Code.ABORTED, Code.DATA_LOSS, Code.UNAVAILABLE)
    .map((code) => step(`error ${code}`, ({ responses }) => responses.end(new StatusError(code, 'no')), [code])),
  fc.constant(step('cancel', ({ call }) => call.cancel(), [Code.CANCELLED])),
  fc.constant(step('deadline', () => vi.advanceTimersByTimeAsync(timeoutMs + 1), [Code.DEADLINE_EXCEEDED])),
  fc.constant(
    step('the server goes', ({ server }) => passing(server.close({ graceMs: 0 })), [Code.UNAVAILABLE, Code.CANCELLED]),
  ),
  fc.constant(
    step('the channel is closed', ({ channel }) => passing(channel.close()), [Code.UNAVAILABLE, Code.CANCELLED]),
  ),
];

describe('chains', () => {
  test('whatever comes in whatever order, a call ends once, by what came first, and its interceptors unwind in reverse', async () => {
    const endings = new Set<Code | undefined>();
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 12 }), async (commands) => {
        vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
        await using real = new Real();
        await real.settle();
        const model: Model = { sent: 0, answered: 0, closed: false, ended: undefined };

        await fc.asyncModelRun(() => ({ model, real }), commands);

        endings.add(real.statuses[0]);
        vi.useRealTimers();
      }),
    );
    expect(endings.size).toBeGreaterThan(5);
  });
});
