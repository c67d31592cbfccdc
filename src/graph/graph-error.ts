import { formatProblems, type Problem } from './problems.ts';

/** A graph that is not run, with everything that is wrong with it. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const errors = problems.filter(({ severity }) => severity === 'error');
    super(
      `Cannot run the graph: it has ${errors.length} ${errors.length === 1 ? 'problem' : 'problems'}\n${formatProblems(errors).trimEnd()}`,
    );
    this.problems = problems;
  }
}
