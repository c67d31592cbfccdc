import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { NodeKind } from '../nodes/kind.ts';
import { findPrograms } from '../nodes/languages/find-programs.ts';
import { languages as builtIn, type Languages } from '../nodes/languages/languages.ts';
import { programFault } from '../nodes/languages/program-field.ts';
import { within } from '../nodes/within.ts';
import { formatPath } from '../wire/yaml/position.ts';
import { keyOf } from './coerce.ts';
import { faultOf, nodeProblem } from './node-problem.ts';
import { type Problem, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';
import type { Turns } from './steps.ts';

type Plan = ResolvedNode<NodeKind>;
type Issue = StandardSchemaV1.Issue;

interface CheckOptions {
  readonly baseDirOf: (node: ResolvedNode) => string;
  readonly languages?: Languages | undefined;
  /** How long the look at one node may take. */
  readonly timeoutMs: number;
  readonly turns: Turns;
}

/** What was found in fields that stay the same over updates. */
const known = new WeakMap<
  object,
  { readonly baseDir: string; readonly languages: Languages; issues: readonly Issue[] }
>();

/** What is wrong with programs of nodes, and what their kinds find wrong beyond their schemas. */
export async function checkNodes(
  nodes: readonly Plan[],
  { baseDirOf, languages = builtIn, timeoutMs, turns }: CheckOptions,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const node of nodes) {
    const { kind, fields } = node;
    if (kind === undefined || typeof fields !== 'object' || fields === null) continue;
    if (turns.over) await turns.next();
    try {
      const late = (): Error => new Error(`its check did not settle within ${timeoutMs} ms`);
      const issues = await within(timeoutMs, issuesOf(kind, fields, baseDirOf(node), languages), late);
      for (const issue of issues) problems.push(problemOf(node, issue));
    } catch (thrown) {
      problems.push(faultOf(node, thrown));
    }
  }
  return problems;
}

async function issuesOf(
  kind: NodeKind,
  fields: object,
  baseDir: string,
  languages: Languages,
): Promise<readonly Issue[]> {
  const before = known.get(fields);
  if (before?.baseDir === baseDir && before.languages === languages) return before.issues;
  const issues: Issue[] = [];
  let readsFiles = kind.check !== undefined;
  for (const { path, program } of findPrograms(fields)) {
    const message = await programFault(program, languages, baseDir);
    // A module may stand under a field of its own.
    if (message !== undefined) issues.push({ message, path: program.module === undefined ? path : [] });
    if (program.module !== undefined) readsFiles = true;
  }
  issues.push(...((await kind.check?.(fields, { baseDir, languages })) ?? []));
  // What depends on files may be another time what it is not now.
  if (!readsFiles) known.set(fields, { baseDir, languages, issues });
  return issues;
}

function problemOf(node: ResolvedNode, { message, path = [] }: Issue): Problem {
  const steps = path.map(keyOf);
  const reason = node.secrets?.redact(message) ?? message;
  const at = steps.length === 0 ? '' : `field ${quote(formatPath(steps))}: `;
  return nodeProblem(node, `${at}${reason}`, steps);
}
