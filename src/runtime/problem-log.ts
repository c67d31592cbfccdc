import { formatProblem, type Problem } from '../graph/index.ts';
import type { Logger } from '../observability/logger.ts';

/** Logs each problem once, when it begins to be one. */
export class ProblemLog {
  readonly #logger: Logger;
  readonly #message: string;
  #told = new Set<string>();

  constructor(logger: Logger, message: string) {
    this.#logger = logger;
    this.#message = message;
  }

  /** These are the problems now. `quiet`: somebody knows of them already. */
  tell(problems: readonly Problem[], { quiet }: { quiet: boolean }): void {
    const now = new Set<string>();
    for (const problem of problems) {
      if (problem.severity !== 'error') continue;
      const line = formatProblem(problem);
      now.add(line);
      if (quiet || this.#told.has(line)) continue;
      this.#logger.warn(this.#message, { node: problem.node, id: problem.id, problem: line });
    }
    this.#told = now;
  }
}
