import { type Environment, Optional } from '@marcbachmann/cel-js';
import { compareValues, kindOf } from '../../../wire/value-order.ts';
import { charge, stepsLeft, weigh } from './meter.ts';
import { registerNamespace } from './namespace.ts';
import { has } from './sets.ts';

type List = readonly unknown[];

/** The `lists` extension; `sortBy` is a comprehension. */
export function registerLists(environment: Environment): void {
  registerNamespace(environment, 'lists', {
    'range(int): list<int>': (count: bigint) => {
      const length = Math.max(0, Number(count));
      charge(length);
      return Array.from({ length }, (_item, index) => BigInt(index));
    },
  });
  environment
    .registerFunction('list.distinct(): list', distinct)
    .registerFunction('list.first(): optional', (list: List) => at(list, 0))
    .registerFunction('list.last(): optional', (list: List) => at(list, list.length - 1))
    .registerFunction('list.flatten(): list', (list: List) => flatten(list, 1))
    .registerFunction('list.flatten(int): list', (list: List, depth: bigint) => flatten(list, Number(depth)))
    .registerFunction('list.reverse(): list', (list: List) => [...counted(list)].reverse())
    .registerFunction('list.slice(int, int): list', slice)
    .registerFunction('list.sort(): list', (list: List) => sorted(list, list));
}

/** The items, ordered by keys of one kind. */
export function sorted(items: List, keys: List): List {
  charge(keys.length * 4);
  const sizes = keys.map(sizeOf);
  const kinds = new Set(keys.map(kindOf));
  if (kinds.size > 1) throw new TypeError(`Cannot sort a list of ${[...kinds].join(' and ')}: wanted one kind`);
  return items
    .map((item, index) => ({ item, key: keys[index], size: sizes[index]! }))
    .sort((a, b) => {
      charge(Math.min(a.size, b.size));
      return compareValues(a.key, b.key);
    })
    .map(({ item }) => item);
}

/** What it costs to compare it. */
function sizeOf(key: unknown): number {
  const before = stepsLeft();
  weigh(key);
  return (typeof key === 'object' ? 4 : 1) * (1 + before - stepsLeft());
}

function at(list: List, index: number): Optional {
  return list.length === 0 ? Optional.none() : Optional.of(list[index]);
}

function distinct(list: List): unknown[] {
  const found: unknown[] = [];
  for (const item of list) if (!has(found, item)) found.push(item);
  return found;
}

function flatten(list: List, depth: number): unknown[] {
  if (depth < 0) throw new RangeError('flatten() takes a depth of 0 or more');
  charge(list.length);
  return list.flatMap((item) => {
    if (!Array.isArray(item)) return [item];
    return depth === 0 ? [item] : depth === 1 ? (counted(item) as unknown[]) : flatten(item, depth - 1);
  });
}

function slice(list: List, start: bigint, end: bigint): unknown[] {
  if (start < 0n || end < start || end > list.length)
    throw new RangeError(`slice(${start}, ${end}) is not within a list of ${list.length}`);
  return counted(list).slice(Number(start), Number(end));
}

function counted(list: List): List {
  charge(list.length);
  return list;
}
