import { nodeLabel, serviceName } from '../nodes/names.ts';
import { positionOf } from '../wire/yaml/position.ts';
import { type Problem, problem, quote } from './problems.ts';
import type { Report } from './rules.ts';
import type { NodeSpec } from './spec.ts';

/** Near names are looked for so many times: each time all names that there are may be compared. */
const maxSuggestions = 100;

/** Takes what is wrong with each spec, and makes problems of it. */
export class Reporter {
  readonly problems: Problem[] = [];
  #suggestionsLeft = maxSuggestions;

  on(spec: NodeSpec, severity: Problem['severity'] = 'error'): Report {
    return (reason, path, suggestion, waitsFor) => {
      const what = spec.kind === 'chart' ? 'chart' : 'node';
      const action = severity === 'error' ? `Cannot load ${what}` : what === 'chart' ? 'Chart' : 'Node';
      this.problems.push(
        problem(`${action} ${quote(nodeLabel(spec))}: ${reason}`, {
          at: positionOf(spec, path),
          ...(what === 'node' && { node: serviceName(spec) }),
          id: spec.id,
          suggestion: typeof suggestion === 'function' ? this.#found(suggestion) : suggestion,
          severity,
          waitsFor,
        }),
      );
    };
  }

  #found(find: () => string | undefined): string | undefined {
    this.#suggestionsLeft -= 1;
    return this.#suggestionsLeft < 0 ? undefined : find();
  }
}
