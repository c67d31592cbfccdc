import { isDeepStrictEqual } from 'node:util';
import { inputsOf, type KindInfo, outputsOf } from '../nodes/kind-info.ts';
import { clashingPorts } from '../nodes/names.ts';
import { Secrets } from '../nodes/secrets.ts';
import { type EnvValue, readEnv } from './env.ts';
import { resolveFields } from './fields.ts';
import type { FillBudget, FillSize } from './fill-budget.ts';
import { quote } from './problems.ts';
import { Reads, type Sources } from './reads.ts';
import type { Advice, Fault, Report } from './rules.ts';
import { type Scope, within } from './scope.ts';
import type { NodeSpec } from './spec.ts';

/** What one spec gives without looking at its neighbours. The same object as before while nothing that it comes from has changed. */
export interface Resolution<K extends KindInfo = KindInfo> {
  readonly kind: K;
  readonly fields: unknown;
  readonly inputs: readonly string[] | undefined;
  readonly outputs: readonly string[] | undefined;
  readonly faults: readonly Fault[];
  readonly reads: Reads;
  readonly secrets: Secrets | undefined;
  /** What its templates took from the blocks around it. */
  readonly inherited: ReadonlyMap<string, unknown>;
  /** How much its templates put in. */
  readonly filled: FillSize;
  /** Whether anything is around it at all: without, braces are plain text. */
  readonly enclosed: boolean;
}

/** A spec that was resolved before. */
export interface Earlier<K extends KindInfo = KindInfo> {
  readonly spec: NodeSpec;
  readonly resolution: Resolution<K> | undefined;
}

interface ResolutionOptions<K extends KindInfo> {
  readonly around: Scope;
  readonly sources: Sources;
  readonly budget: FillBudget;
  readonly before?: Earlier<K> | undefined;
}

/** Looks up what a spec says by itself; `around` is what the blocks around it have in their env. */
export function resolutionOf<K extends KindInfo>(
  spec: NodeSpec,
  kind: K,
  { around, before, ...from }: ResolutionOptions<K>,
): Resolution<K> {
  const known = before?.resolution;
  const { sources, budget } = from;
  const current = known?.kind === kind && isCurrent(known, around, sources) && sameNode(before!.spec, spec);
  if (current && budget.add(known.filled)) return known;
  const start = budget.used;
  const faults: Fault[] = [];
  const reads = new Reads();
  const report: Report = (...fault) => faults.push(fault);
  const own = spec.env === undefined ? undefined : readEnv(spec.env, { ...from, namespace: spec.namespace }, report);
  for (const entry of own?.values() ?? []) reads.add(entry.reads);
  const inherited = new Map<string, unknown>();
  const used = (key: string, value: EnvValue): void => {
    if (own?.has(key)) return;
    inherited.set(key, value.value);
    reads.add(value.reads);
  };
  const scope = own === undefined ? around : within(around, own);
  const resolved = resolveFields(spec, kind, { scope, used, budget }, report);
  const fields = resolved?.fields;
  const ports = (which: 'inputs' | 'outputs'): readonly string[] | undefined => {
    if (resolved === undefined && typeof kind[which] === 'function') return undefined;
    try {
      return which === 'inputs' ? inputsOf(kind, fields) : outputsOf(kind, fields);
    } catch (thrown) {
      report(`its kind threw ${quote(String(thrown))} when asked for its ${which}`, []);
      return undefined;
    }
  };
  const inputs = ports('inputs');
  const outputs = ports('outputs');
  checkMethods(inputs ?? [], report);
  const secrets = Secrets.of(reads.secrets);
  return {
    kind,
    fields,
    inputs,
    outputs,
    faults: redactedFaults(faults, secrets),
    reads,
    secrets,
    inherited,
    filled: budget.since(start),
    enclosed: !around.empty,
  };
}

/** Reports in-ports that would be one method. */
export function checkMethods(inputs: readonly string[], report: Report): void {
  const clash = clashingPorts(inputs);
  if (clash === undefined) return;
  const { first, second, method } = clash;
  report(
    `in-ports ${quote(first)} and ${quote(second)} are both the method ${quote(method)}`,
    [],
    'rename one of them',
  );
}

/** What is wrong, without the secrets. */
export function redactedFaults(faults: readonly Fault[], secrets: Secrets | undefined): readonly Fault[] {
  if (secrets === undefined) return faults;
  return faults.map(([reason, path, suggestion, waitsFor]) => [
    secrets.redact(reason),
    path,
    redactedAdvice(suggestion, secrets),
    waitsFor,
  ]);
}

function redactedAdvice(advice: Advice, secrets: Secrets): Advice {
  const redact = (text: string | undefined) => (text === undefined ? undefined : secrets.redact(text));
  return typeof advice === 'function' ? () => redact(advice()) : redact(advice);
}

/** What was refused is looked at anew: what it lacked may be there. */
function isCurrent({ faults, enclosed, inherited, reads }: Resolution, around: Scope, sources: Sources): boolean {
  if (faults.length > 0 || enclosed !== !around.empty || !reads.same(sources)) return false;
  for (const [key, value] of inherited) if (!isDeepStrictEqual(around.get(key)?.value, value)) return false;
  return true;
}

/** Whether two specs make the same node: where its edges lead, and notes, are no part of it. */
function sameNode(before: NodeSpec, now: NodeSpec): boolean {
  if (before === now) return true;
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
  for (const key of keys) {
    if (key === 'ports' || key === 'annotations' || before[key] === now[key]) continue;
    if (!isDeepStrictEqual(before[key], now[key])) return false;
  }
  return true;
}
