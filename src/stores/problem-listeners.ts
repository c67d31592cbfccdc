import type { TextProblem } from '../wire/yaml/problem.ts';

type Listener = (problems: readonly TextProblem[]) => void;

/** Those who want to know whenever the problems of a store are others. */
export class ProblemListeners {
  readonly #listeners = new Set<Listener>();
  #told = '[]';

  /** Returns what takes it back. */
  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** These are the problems now. */
  tell(problems: readonly TextProblem[]): void {
    const now = JSON.stringify(problems);
    if (now === this.#told) return;
    this.#told = now;
    for (const listener of this.#listeners) {
      try {
        listener(problems);
      } catch (error) {
        // What was written stays written.
        process.emitWarning(`A listener of onProblems() threw: ${error instanceof Error ? error.message : error}`, {
          type: 'FlowrpcWarning',
          code: 'FLOWRPC_LISTENER',
        });
      }
    }
  }
}
