import { Branch } from '../branch.ts';
import { copyValue } from '../copy-value.ts';
import { mergeReplies } from '../merge-replies.ts';
import type { NodeContext } from '../node-context.ts';
import { asError, none, type Reply } from '../reply.ts';
import { Ended, orRunEnded } from '../run-ended.ts';
import { absent, type JoinRule } from './rule.ts';

export interface GatheringOptions {
  readonly rule: JoinRule;
  readonly windowMs: number | undefined;
  /** Milliseconds between one branch and the next; undefined: all begin at once. */
  readonly delayMs: number | undefined;
}

/** One payload at several branches, until enough of them have answered. */
export class Gathering {
  readonly #first: unknown;
  /** As it was before the first branch had it. */
  readonly #payload: unknown;
  readonly #context: NodeContext;
  readonly #options: GatheringOptions;
  readonly #running = new Set<Branch>();
  readonly #parts: Reply[];
  readonly #failures: Error[] = [];
  #begun = 0;
  #came = 0;
  #over = false;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #settle: (result: Reply) => void = () => {};

  constructor(payload: unknown, context: NodeContext, options: GatheringOptions) {
    this.#first = payload;
    this.#payload = options.rule.count > 1 ? copyValue(payload) : payload;
    this.#context = context;
    this.#options = options;
    this.#parts = Array.from({ length: options.rule.count }, () => absent);
  }

  /** What the branches make together, or an Error. The calls of those that are not needed any more are cancelled. */
  async run(): Promise<Reply> {
    const result = new Promise<Reply>((resolve) => {
      this.#settle = resolve;
    });
    const { windowMs, delayMs, rule } = this.#options;
    if (windowMs !== undefined) this.#timers.push(setTimeout(() => this.#late(windowMs), windowMs));
    const first = delayMs === undefined ? rule.count : rule.needed;
    for (let index = 0; index < first && !this.#over; index++) this.#begin();
    if (delayMs !== undefined) this.#hedge(delayMs);
    const settled = await orRunEnded(this.#context, result);
    this.#end();
    return settled instanceof Ended ? settled.reason : settled;
  }

  #begin(): void {
    if (this.#begun >= this.#parts.length) return;
    const index = this.#begun++;
    const payload = index === 0 ? this.#first : copyValue(this.#payload);
    const branch = new Branch(this.#context);
    this.#running.add(branch);
    const done = (reply: Reply): void => {
      this.#running.delete(branch);
      branch.close();
      if (!this.#over) this.#answered(index, reply);
    };
    Promise.resolve()
      .then(() => branch.send(`branch[${index}]`, payload, none))
      .then(done, (thrown: unknown) => done(asError(thrown)));
  }

  #hedge(delayMs: number): void {
    if (this.#over || this.#begun >= this.#parts.length) return;
    const timer = setTimeout(() => {
      this.#begin();
      this.#hedge(delayMs);
    }, delayMs);
    this.#timers.push(timer);
  }

  #answered(index: number, reply: Reply): void {
    const { rule } = this.#options;
    if (reply instanceof Error) this.#failures.push(reply);
    else {
      this.#parts[index] = reply;
      this.#came += 1;
    }
    const failed = this.#failures.length;
    if (rule.isHopeless(failed)) this.#finish(mergeReplies(this.#failures));
    else if (rule.isOver(this.#came, failed)) this.#finish(rule.result(this.#parts));
    // Another one takes the place of one that failed.
    else if (reply instanceof Error) this.#begin();
  }

  #late(windowMs: number): void {
    const { rule } = this.#options;
    this.#finish(rule.late(this.#came, windowMs) ?? rule.result(this.#parts));
  }

  #finish(result: Reply): void {
    this.#settle(result);
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const branch of this.#running) branch.cancel('Another branch was faster');
  }
}
