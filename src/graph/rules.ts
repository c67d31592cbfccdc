import { formatPath, type Path, placeCopy } from '../wire/yaml/position.ts';
import { didYouMean, quote } from './problems.ts';

/** A problem: what is wrong, where in the value, what to do about it, and the stored values that would end it by being there. */
export type Fault = readonly [reason: string, path: Path, suggestion?: Advice, waitsFor?: readonly string[]];

/** What to do about a problem, or what finds that out: to compare names takes longer than all else, so it is done for some problems only. */
export type Advice = string | (() => string | undefined) | undefined;

/** An advice in words, found out where it must be. */
export function adviceText(advice: Advice): string | undefined {
  return typeof advice === 'function' ? advice() : advice;
}

/** Takes a problem. */
export type Report = (...fault: Fault) => void;

/** Says that a value was reported already and is left out. */
export const dropped = Symbol('dropped');

/** What one field of a mapping must be. */
export interface Rule {
  /** Completes "wanted …": `a duration such as "200ms"`. */
  readonly wanted: string;
  readonly required?: boolean;
  /** The value as it is kept; undefined refuses it. Parts of it may be reported and left out on the way, or all: `dropped`. */
  read(value: unknown, path: Path, report: Report): unknown;
}

export type Rules = Readonly<Record<string, Rule>>;

/** A rule that keeps values as they are when the test holds. */
export function rule(wanted: string, test: (value: unknown) => boolean): Rule {
  return { wanted, read: (value) => (test(value) ? value : undefined) };
}

/** The same rule for a field that must be there. */
export function required(optional: Rule): Rule {
  return { ...optional, required: true };
}

/** A rule for a mapping with free keys: each key is tested, each value read. Written without a value it is empty. */
export function mappingOf(wanted: string, keyWanted: string, isKey: (key: string) => boolean, entry: Rule): Rule {
  return {
    wanted,
    read(value, path, report) {
      if (value === null) return {};
      if (!isRecord(value)) return undefined;
      const copy = placeCopy<Record<string, unknown>>({}, value);
      for (const [key, item] of Object.entries(value)) {
        if (isKey(key)) readInto(copy, key, item, entry, path, report);
        else report(`${formatPath(path)} has the key ${quote(key)}, wanted ${keyWanted}`, [...path, key]);
      }
      return copy;
    },
  };
}

/** A rule for a list with items of one kind. */
export function listOf(wanted: string, item: Rule): Rule {
  return {
    wanted,
    read(value, path, report) {
      if (!Array.isArray(value)) return undefined;
      const copy: unknown[] = [];
      for (const [index, one] of value.entries()) {
        const kept = readOne(one, item, [...path, index], report);
        if (kept !== dropped) copy.push(kept);
      }
      return placeCopy(copy, value);
    },
  };
}

/** A rule for a mapping with fields of its own; other fields are problems, unless `open`. Without a required field it is dropped. */
export function record(wanted: string, rules: Rules, { open = false }: { open?: boolean } = {}): Rule {
  return {
    wanted,
    read(value, path, report) {
      if (!isRecord(value)) return undefined;
      const copy = placeCopy<Record<string, unknown>>({}, value);
      for (const [key, field] of Object.entries(value)) {
        if (Object.hasOwn(rules, key)) readInto(copy, key, field, rules[key]!, path, report);
        else if (open) copy[key] = field;
        else {
          const at = [...path, key];
          report(`unknown field ${quote(formatPath(at))}`, at, didYouMean(key, Object.keys(rules)));
        }
      }
      const lost = Object.keys(rules).filter((key) => rules[key]!.required && !Object.hasOwn(copy, key));
      for (const key of lost) {
        if (Object.hasOwn(value, key)) continue;
        report(`missing field ${quote(formatPath([...path, key]))}`, path, `wanted ${rules[key]!.wanted}`);
      }
      return lost.length > 0 ? dropped : copy;
    },
  };
}

/** Whether a value is a mapping: an object that is not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readInto(
  copy: Record<string, unknown>,
  key: string,
  value: unknown,
  by: Rule,
  path: Path,
  report: Report,
): void {
  const kept = readOne(value, by, [...path, key], report);
  if (kept !== dropped) copy[key] = kept;
}

function readOne(value: unknown, by: Rule, path: Path, report: Report): unknown {
  const kept = by.read(value, path, report);
  if (kept !== undefined) return kept;
  report(`${formatPath(path)} is ${quote(value)}, wanted ${by.wanted}`, path);
  return dropped;
}
