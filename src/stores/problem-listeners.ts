import { Listeners } from '../core/listeners.ts';
import type { TextProblem } from '../wire/yaml/problem.ts';

/** Those who want to know whenever the problems of a store are others. What one of them throws undoes nothing: what was written stays written. */
export class ProblemListeners {
  readonly #listeners = new Listeners<readonly TextProblem[]>('onProblems()');
  #told = '[]';

  /** Returns what takes it back. */
  add(listener: (problems: readonly TextProblem[]) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** These are the problems now. */
  tell(problems: readonly TextProblem[]): void {
    const now = JSON.stringify(problems);
    if (now === this.#told) return;
    this.#told = now;
    this.#listeners.tell(problems);
  }
}
