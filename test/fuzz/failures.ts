import type { Corpus } from './corpus.ts';
import type { FuzzTarget } from './target.ts';

const slowMs = 5_000;
const slow = new Error(`It took more than ${slowMs} ms`);
const maxCuts = 200;

/** What broke, the input that does it, and how many inputs had been tried when it was found. */
export interface Failure {
  readonly file: string;
  readonly error: string;
  readonly execution: number;
}

/** Runs inputs and notes each kind of failure once, by as few bytes as are found to do it. */
export class Failures {
  readonly #target: FuzzTarget;
  readonly #corpus: Corpus;
  /** Says that it still runs. */
  readonly #tell: () => void;
  readonly #failures = new Map<string, Failure>();
  /** What nobody caught while an input was under way. */
  #uncaught: unknown;
  #executions = 0;

  constructor(target: FuzzTarget, corpus: Corpus, tell: () => void) {
    this.#target = target;
    this.#corpus = corpus;
    this.#tell = tell;
    for (const event of ['uncaughtException', 'unhandledRejection'] as const)
      process.on(event, (thrown: unknown) => {
        this.#uncaught = thrown ?? new Error(String(thrown));
      });
  }

  get executions(): number {
    return this.#executions;
  }

  get all(): readonly Failure[] {
    return [...this.#failures.values()];
  }

  /** Runs one input. How long it took, in milliseconds. */
  async attempt(input: Buffer): Promise<number> {
    this.#executions += 1;
    this.#tell();
    const startedAt = performance.now();
    let failed = await this.#failure(input);
    // The machine may have been busy.
    if (failed === slow) failed = await this.#failure(input);
    if (failed !== undefined && !this.#failures.has(keyOf(failed))) await this.#note(input, failed);
    return performance.now() - startedAt;
  }

  /** Runs inputs beside each other, and each by itself when something broke. */
  async attemptAll(inputs: readonly Buffer[]): Promise<void> {
    if (inputs.length === 1) return void (await this.attempt(inputs[0]!));
    this.#executions += inputs.length;
    this.#tell();
    const failed = await Promise.all(inputs.map((input) => this.#failure(input)));
    if (failed.every((each) => each === undefined || each === slow)) return;
    for (const input of inputs) await this.attempt(input);
    // What only breaks beside others is told all the same.
    for (const [at, each] of failed.entries())
      if (each !== undefined && each !== slow && !this.#failures.has(keyOf(each))) await this.#note(inputs[at]!, each);
  }

  async #note(input: Buffer, failed: unknown): Promise<void> {
    const execution = this.#executions;
    const error = failed instanceof Error ? (failed.stack ?? failed.message) : String(failed);
    const small = await this.#trimmed(input, keyOf(failed));
    this.#failures.set(keyOf(failed), { file: this.#corpus.broken(small), error, execution });
  }

  async #failure(input: Buffer): Promise<unknown> {
    const startedAt = performance.now();
    try {
      const running = this.#target.run(input);
      if (running !== undefined) await running;
    } catch (error) {
      return error ?? new Error(String(error));
    }
    const uncaught = this.#uncaught;
    this.#uncaught = undefined;
    if (uncaught !== undefined) return uncaught;
    const tookMs = performance.now() - startedAt;
    return tookMs > slowMs ? slow : undefined;
  }

  /** The same failure by fewer bytes. */
  async #trimmed(input: Buffer, key: string): Promise<Buffer> {
    let small = input;
    for (let size = small.length >> 1, tries = 0; size > 0; size >>= 1) {
      for (let at = 0; at + size <= small.length && tries < maxCuts; tries++) {
        const shorter = Buffer.concat([small.subarray(0, at), small.subarray(at + size)]);
        const failed = await this.#failure(shorter);
        if (failed !== undefined && keyOf(failed) === key) small = shorter;
        else at += size;
      }
    }
    return small;
  }
}

/** Failures of one place are one failure. */
function keyOf(failed: unknown): string {
  if (!(failed instanceof Error)) return String(failed).slice(0, 80);
  const place = failed.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  return `${failed.name} ${place.trim()}`;
}
