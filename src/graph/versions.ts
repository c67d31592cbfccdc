import { isDeepStrictEqual } from 'node:util';
import { nodeLabel } from '../nodes/names.ts';
import { idOf, outerOf, type Plan } from './member.ts';
import { type Problem, quote } from './problems.ts';
import type { Steps } from './steps.ts';

/** One way in which a node may run. */
export interface Version {
  readonly plans: readonly Plan[];
  /** Why it cannot run, known from the specs alone. */
  readonly fault: string | undefined;
}

/** As its spec is now; then as it runs now, when it may go on so. */
export type Versions = readonly [newest: Version, ...running: Version[]];

export interface VersionsInit {
  readonly plans: readonly Plan[];
  readonly problems: readonly Problem[];
  /** The nodes that run now, as they are. */
  readonly running: readonly Plan[];
  /** Whether somebody else serves a service of this name already. */
  readonly isTaken: (service: string) => boolean;
}

/** How each node of a graph may run, by its id; found in steps. A block and the nodes inside of it are one. */
export function* versionsOf({ plans, problems, running, isTaken }: VersionsInit): Steps<Map<string, Versions>> {
  const faults = firstFaults(problems);
  const older = yield* grouped(running);
  const versions = new Map<string, Versions>();
  for (const [id, group] of yield* grouped(plans)) {
    yield;
    const found = group.flatMap((plan) => faults.get(idOf(plan)) ?? takenService(plan, isTaken) ?? []);
    const newest = { plans: group, fault: found[0]?.message };
    const before = older.get(id);
    const goesOn = before !== undefined && keepsOlder(before, group, found);
    versions.set(id, goesOn ? [newest, { plans: before, fault: undefined }] : [newest]);
  }
  return versions;
}

/** Nodes by the block they are inside of, or by themselves. */
function* grouped(plans: readonly Plan[]): Steps<Map<string, Plan[]>> {
  const groups = new Map<string, Plan[]>();
  for (const plan of plans) {
    yield;
    const id = idOf(outerOf(plan));
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [plan]);
    else group.push(plan);
  }
  return groups;
}

function firstFaults(problems: readonly Problem[]): Map<string, Problem> {
  const faults = new Map<string, Problem>();
  for (const fault of problems) {
    const id = fault.id?.toLowerCase();
    if (fault.severity === 'error' && id !== undefined && !faults.has(id)) faults.set(id, fault);
  }
  return faults;
}

function takenService(
  { spec, service, block }: Plan,
  isTaken: VersionsInit['isTaken'],
): Pick<Problem, 'message' | 'waitsFor'> | undefined {
  if (block !== undefined || !isTaken(service)) return undefined;
  return { message: `Cannot load node ${quote(nodeLabel(spec))}: the server serves ${quote(service)} already` };
}

/**
 * Whether a node that runs may go on as it is when its new version cannot. A spec with a fault is no new version: where the one in use is as good,
 * that was planned instead. So what is wrong is a stored value that its fields do not take, or what it needs is gone.
 */
function keepsOlder(
  before: readonly Plan[],
  after: readonly Plan[],
  faults: readonly Pick<Problem, 'waitsFor'>[],
): boolean {
  if (faults.length === 0) return true;
  if (!isDeepStrictEqual(outerSpec(before), outerSpec(after))) return false;
  const unfilled = after.some(({ kind, fields }) => kind !== undefined && fields === undefined);
  return unfilled && faults.every(({ waitsFor }) => waitsFor === undefined);
}

function outerSpec(plans: readonly Plan[]): Plan['spec'] | undefined {
  return plans.find(({ block }) => block === undefined)?.spec;
}
