import type { Problem } from '../graph/index.ts';
import type { ListProblemsRequest, Problem as ProblemMessage } from '../wire/gen/flowrpc/v1/control.ts';
import type { Controlled } from './control.ts';
import { type Page, pageOf } from './control-page.ts';
import { whether } from './select.ts';

/** What is wrong now, by file and place, then by node; the same thing once. */
export function listProblems(runtime: Controlled, { where, ...request }: ListProblemsRequest): Page<ProblemMessage> {
  const { graph, specs, values } = runtime;
  const problems: readonly Problem[] = runtime.problems ?? [
    ...graph.problems,
    ...(specs.problems ?? []),
    ...(values.problems ?? []),
  ];
  const isWanted = whether(where);
  const byKey = new Map<string, ProblemMessage>();
  for (const { severity, message, suggestion = '', node = '', id = '', file = '', line = 0, column = 0 } of problems) {
    const shown = {
      severity,
      message: graph.secrets?.redact(message) ?? message,
      suggestion,
      node,
      id,
      file,
      line,
      column,
    };
    if (!isWanted(shown)) continue;
    byKey.set([file, digits(line), digits(column), node, id, severity, shown.message].join('\0'), shown);
  }
  const { items, nextPageToken } = pageOf(byKey, request, {
    key: ([key]) => key,
    bytes: ([key]) => key.length + 64,
  });
  return { items: items.map(([, shown]) => shown), nextPageToken };
}

/** In an order that texts have, too. */
function digits(position: number): string {
  return String(position).padStart(10, '0');
}
