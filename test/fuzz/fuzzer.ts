import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { type Dice, dice as diceOf } from '../wire/dice.ts';
import type { Corpus } from './corpus.ts';
import type { Coverage, Guard } from './coverage.ts';
import { type Failure, Failures } from './failures.ts';
import { mutate, numberWords } from './mutate.ts';
import type { Material } from './mutation.ts';
import { Pool } from './pool.ts';
import type { FuzzTarget } from './target.ts';

/** How often the words of the frontier are read again, in batches. */
const batchesToRead = 16;

export interface FuzzBounds {
  readonly seconds: number;
  /** Inputs that are made. */
  readonly executions: number;
  readonly failures: number;
}

/** Feeds a target inputs, those first which come of such as reached new code. Keeps what breaks it. */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #coverage: Coverage;
  readonly #corpus: Corpus;
  readonly #failures: Failures;
  readonly #dice: Dice;
  readonly #pool = new Pool();
  readonly #material: Material;
  readonly #words: readonly Buffer[];
  #kept = 0;
  #frontier: readonly Guard[] = [];
  /** Near the input that is being changed. */
  #guards: readonly Guard[] = [];
  /** Blocks that were known when the frontier was read. */
  #frontierOf = -1;

  constructor(
    target: FuzzTarget,
    coverage: Coverage,
    corpus: Corpus,
    { seed, tell }: { seed: number; tell: () => void },
  ) {
    this.#target = target;
    this.#coverage = coverage;
    this.#corpus = corpus;
    this.#failures = new Failures(target, corpus, tell);
    this.#dice = diceOf(seed);
    const own = (target.words ?? []).map((word) => Buffer.from(word, 'latin1'));
    this.#words = own.length > 0 ? own : numberWords;
    this.#material = {
      dice: this.#dice,
      other: () => this.#pool.other(this.#dice),
      word: () => this.#word(),
    };
  }

  get executions(): number {
    return this.#failures.executions;
  }

  /** Inputs that it started from. */
  get kept(): number {
    return this.#kept;
  }

  get inputs(): number {
    return this.#pool.size;
  }

  get failures(): readonly Failure[] {
    return this.#failures.all;
  }

  async run({ seconds, executions, failures }: FuzzBounds): Promise<void> {
    const endsAt = Date.now() + seconds * 1_000;
    await this.#coverage.opened();
    for (const input of this.#corpus.inputs()) {
      await this.#failures.attempt(input);
      this.#pool.add(input);
    }
    this.#kept = this.#pool.size;
    if (this.#pool.size === 0) this.#pool.add(Buffer.from('a'));
    await this.#coverage.fresh();
    const last = this.executions + executions;
    for (let batches = 0; Date.now() < endsAt && this.executions < last && this.failures.length < failures; batches++) {
      if (batches % batchesToRead === 0) await this.#readFrontier();
      const batch = Array.from({ length: this.#target.batch ?? 128 }, () => this.#made());
      writeFileSync(this.#corpus.underWay, serialize(batch));
      if (await this.#reachNew(batch, failures)) await this.#sift(batch);
    }
  }

  /** Of the target's language, or of what decides whether a block runs that never did: near the input that is changed, or anywhere. */
  #word(): Buffer {
    const near = this.#guards.length > 0 && this.#dice.chance(0.4);
    const guards = near ? this.#guards : this.#frontier;
    if (guards.length === 0 || (!near && this.#dice.chance(0.4))) return this.#dice.pick(this.#words);
    const guard = this.#dice.pick(guards);
    // What stands nearest to the block comes more often.
    const at = Math.max(this.#dice.below(guard.length), this.#dice.below(guard.length));
    return this.#dice.pick(guard[at]!.words);
  }

  #made(): Buffer {
    const { input, guards } = this.#pool.pick(this.#dice);
    this.#guards = guards;
    return mutate(input, this.#material, this.#target.shape);
  }

  async #readFrontier(): Promise<void> {
    if (this.#frontierOf === this.#coverage.size) return;
    this.#frontierOf = this.#coverage.size;
    this.#frontier = await this.#coverage.frontier();
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
    const ms = await this.#failures.attempt(input);
    const fresh = await this.#coverage.fresh();
    if (fresh === 0 || this.#pool.full) return;
    this.#pool.add(input, { fresh, ms, guards: await this.#coverage.latest() });
    this.#corpus.found(input);
  }

  async #reachNew(batch: readonly Buffer[], failures = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { parallel = 1 } = this.#target;
    for (let at = 0; at < batch.length; at += parallel) {
      await this.#failures.attemptAll(batch.slice(at, at + parallel));
      if (this.failures.length >= failures) return false;
    }
    return (await this.#coverage.fresh({ peek: true })) > 0;
  }
}
