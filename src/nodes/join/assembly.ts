import { copyValue } from '../copy-value.ts';
import type { Reply } from '../reply.ts';
import { absent, type JoinRule } from './rule.ts';

/** What one process has brought to the in-ports of a node for one result. */
export class Assembly {
  /** What its parts have in common. */
  readonly key: unknown;
  readonly #rule: JoinRule;
  readonly #parts: Reply[];
  #came = 0;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #settle: ((result: Reply) => void) | undefined;

  constructor(rule: JoinRule, key: unknown) {
    this.key = copyValue(key);
    this.#rule = rule;
    this.#parts = Array.from({ length: rule.count }, () => absent);
  }

  /** Whether something has come by every in-port. */
  get full(): boolean {
    return this.#came === this.#rule.count;
  }

  /** Whether its result was given, and the rest is only let go. */
  get over(): boolean {
    return this.#over;
  }

  takes(index: number): boolean {
    return this.#parts[index] === absent;
  }

  /** Adds what came by an in-port. Gives the result, in a list of one, when that is it and nobody waits for it. */
  add(index: number, payload: unknown): readonly [result: Reply] | undefined {
    this.#parts[index] = payload;
    this.#came += 1;
    if (this.#over || !this.#rule.isOver(this.#came, 0)) return undefined;
    const result = this.#rule.result(this.#parts);
    const waits = this.#settle !== undefined;
    this.#finish(result);
    return waits ? undefined : [result];
  }

  /** Resolves with the result, or an Error when the window closes before; `onLate` is told then. */
  wait(windowMs: number, onLate: () => void): Promise<Reply> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#timer = setTimeout(() => {
        onLate();
        this.#finish(this.#rule.late(this.#came, windowMs) ?? this.#rule.result(this.#parts));
      }, windowMs);
    });
  }

  /** Nobody waits any more. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #finish(result: Reply): void {
    this.close();
    this.#settle?.(result);
  }
}
