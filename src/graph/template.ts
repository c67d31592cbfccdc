import { isRefusedName } from '../nodes/names.ts';
import type { Path } from '../wire/yaml/position.ts';
import { type FillBudget, tooMuchFilled } from './fill-budget.ts';
import { jsonText } from './json-text.ts';
import { quote } from './problems.ts';
import type { Report } from './rules.ts';

/** Gives the value for `{{ .a.b }}`, asked with `['a', 'b']`, and for `{{ . }}` with none; undefined, after a report, when there is none. */
export type Resolve = (steps: readonly string[], path: Path) => unknown;

/**
 * A copy of a value in which every `{{ .KEY }}` is filled in: texts, items and keys, at any depth. A text that is one template and nothing
 * else becomes the value itself; otherwise values are written as text. `filled` has the paths of the texts that had a template. What is over
 * the budget is left out and reported once.
 */
export function fillTemplates(
  value: unknown,
  path: Path,
  resolve: Resolve,
  report: Report,
  budget?: FillBudget,
): { value: unknown; filled: Path[] } {
  const filled: Path[] = [];
  let over = false;
  const within: Resolve = (steps, at) => {
    const found = over ? undefined : resolve(steps, at);
    if (found === undefined || budget === undefined || budget.take(found)) return found;
    over = true;
    report(tooMuchFilled, at, 'pass less on');
    return undefined;
  };
  return { value: fill(value, path, path), filled };

  /** `at` is where the part was written, `to` where it goes: they differ when a key is a template. */
  function fill(part: unknown, at: Path, to: Path): unknown {
    if (typeof part === 'string') {
      const text = fillText(part, at, within, report);
      if (text !== part) filled.push(to);
      return text;
    }
    if (Array.isArray(part)) return part.map((item, index) => fill(item, [...at, index], [...to, index]));
    if (!isPlain(part)) return part;
    const copy: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(part)) {
      const inner = [...at, key];
      const name = String(fillText(key, inner, within, report));
      if (isRefusedName(name)) report(`key ${quote(name)} is not allowed`, inner, 'choose another name');
      else if (Object.hasOwn(copy, name)) report(`key ${quote(name)} appears twice in one mapping`, inner);
      else copy[name] = fill(item, inner, [...to, name]);
    }
    return copy;
  }
}

const keyGrammar = /^\s*\.((?:[A-Za-z_][\w-]*(?:\.[\w-]+)*)?)\s*$/;

function fillText(text: string, path: Path, resolve: Resolve, report: Report): unknown {
  const parts: unknown[] = [];
  let end = 0;
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', end)) {
    const close = text.indexOf('}}', open + 2);
    if (close < 0) break;
    const template = text.slice(open, close + 2);
    const key = keyGrammar.exec(text.slice(open + 2, close))?.[1];
    if (key === undefined) report(`template ${quote(template)} is not understood`, path, 'write {{ .KEY }}');
    const found = key === undefined ? undefined : resolve(key === '' ? [] : key.split('.'), path);
    const value = found === undefined ? template : found;
    if (open === 0 && close + 2 === text.length) return value;
    parts.push(text.slice(end, open), value);
    end = close + 2;
  }
  return parts.length === 0 ? text : [...parts, text.slice(end)].map(asText).join('');
}

function asText(value: unknown): string {
  return typeof value === 'object' ? jsonText(value) : String(value);
}

/** The first keys of all templates in a value: `a` for `{{ .a.b }}`, and an empty text for `{{ . }}`. */
export function templateKeys(value: unknown): string[] {
  const keys: string[] = [];
  const resolve: Resolve = ([key = '']) => {
    keys.push(key);
    return '';
  };
  fillTemplates(value, [], resolve, () => {});
  return keys;
}

/** What stands under these keys and indexes of a value, one inside the other; undefined when a step is missing. */
export function lookup(data: unknown, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((value, step) => {
    const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    const length = step === 'length' && Array.isArray(value);
    return inside && !length ? (value as Record<string, unknown>)[step] : undefined;
  }, data);
}

/** Whether a value is an object as literals make it, and not of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
