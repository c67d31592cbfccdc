import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { type Dice, dice as diceOf } from '../wire/dice.ts';
import { foundInputs, keepCrash, keepFound, keptInputs, underWay } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { mutate } from './mutate.ts';
import { type FuzzTarget, openTarget } from './target.ts';

const maxPool = 2_000;
const maxFailures = 5;
const slowMs = 5_000;
const slow = new Error(`It took more than ${slowMs} ms`);

export interface FuzzResult {
  readonly target: string;
  readonly executions: number;
  /** Blocks of code that were reached. */
  readonly blocks: number;
  /** Inputs that reach something which no other does. */
  readonly inputs: number;
  /** What broke, and the files that do it. */
  readonly failures: readonly { readonly file: string; readonly error: string }[];
}

/** Feeds a target inputs for a while, those first which reach new code. Keeps what breaks it. */
export async function fuzzTarget(
  name: string,
  { seconds, seed, tell }: { seconds: number; seed: number; tell: () => void },
): Promise<FuzzResult> {
  const coverage = await Coverage.start();
  const target = await openTarget(name);
  const fuzzer = new Fuzzer(name, target, coverage, diceOf(seed), tell);
  try {
    await fuzzer.run(Date.now() + seconds * 1_000);
  } finally {
    coverage.stop();
    await target.close?.();
  }
  return fuzzer.result();
}

class Fuzzer {
  readonly #name: string;
  readonly #target: FuzzTarget;
  readonly #coverage: Coverage;
  readonly #dice: Dice;
  /** Says that it still runs. */
  readonly #tell: () => void;
  readonly #pool: Buffer[] = [];
  readonly #failures = new Map<string, { file: string; error: string }>();
  #executions = 0;
  /** What nobody caught while an input was under way. */
  #uncaught: unknown;

  constructor(name: string, target: FuzzTarget, coverage: Coverage, dice: Dice, tell: () => void) {
    this.#tell = tell;
    this.#name = name;
    this.#target = target;
    this.#coverage = coverage;
    this.#dice = dice;
    for (const event of ['uncaughtException', 'unhandledRejection'] as const)
      process.on(event, (thrown: unknown) => {
        this.#uncaught = thrown ?? new Error(String(thrown));
      });
  }

  async run(endsAt: number): Promise<void> {
    for (const { input } of [...keptInputs(this.#name), ...foundInputs(this.#name)]) {
      await this.#attempt(input);
      this.#pool.push(input);
    }
    if (this.#pool.length === 0) this.#pool.push(Buffer.from('a'));
    await this.#coverage.fresh();
    while (Date.now() < endsAt && this.#failures.size < maxFailures) {
      const batch = Array.from({ length: this.#target.batch ?? 128 }, () => this.#next());
      writeFileSync(underWay(this.#name), serialize(batch));
      if (await this.#reachNew(batch)) await this.#sift(batch);
    }
  }

  result(): FuzzResult {
    return {
      target: this.#name,
      executions: this.#executions,
      blocks: this.#coverage.size,
      inputs: this.#pool.length,
      failures: [...this.#failures.values()],
    };
  }

  /** Late inputs are the interesting ones. */
  #next(): Buffer {
    const recent = this.#pool.length > 50 && this.#dice.chance(0.5) ? this.#pool.slice(-50) : this.#pool;
    return mutate(this.#dice, recent, this.#target.words);
  }

  /** Finds those of a batch that reach new code, half by half. */
  async #sift(batch: readonly Buffer[]): Promise<void> {
    if (batch.length > 1) {
      const middle = batch.length >> 1;
      for (const half of [batch.slice(0, middle), batch.slice(middle)])
        if (await this.#reachNew(half)) await this.#sift(half);
      return;
    }
    const [input] = batch;
    if (input === undefined) return;
    await this.#attempt(input);
    if ((await this.#coverage.fresh()) === 0 || this.#pool.length >= maxPool) return;
    this.#pool.push(input);
    keepFound(this.#name, input);
  }

  async #reachNew(batch: readonly Buffer[]): Promise<boolean> {
    for (const input of batch) await this.#attempt(input);
    return (await this.#coverage.fresh({ peek: true })) > 0;
  }

  async #attempt(input: Buffer): Promise<void> {
    this.#executions += 1;
    this.#tell();
    let failed = await this.#failure(input);
    // The machine may have been busy.
    if (failed === slow) failed = await this.#failure(input);
    if (failed === undefined || this.#failures.has(keyOf(failed))) return;
    const error = failed instanceof Error ? (failed.stack ?? failed.message) : String(failed);
    const small = await this.#trimmed(input, keyOf(failed));
    this.#failures.set(keyOf(failed), { file: keepCrash(this.#name, small), error });
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
      for (let at = 0; at + size <= small.length && tries < 200; tries++) {
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
