import { type ByteReader, Malformed } from './byte-reader.ts';
import { entryTag, itemsTag, maxValueDepth, valueTag } from './value-fields.ts';
import { restore } from './value-restore.ts';

type Struct = Record<string, unknown>;

/** Where a part of a message stands. */
interface Part {
  readonly at: number;
  readonly end: number;
}

const noParts: readonly Part[] = [];

/**
 * Reads one google.protobuf.Value up to the reader's `end`, then its further parts: no kind is null, the last of
 * several kinds wins, and a struct or list that comes in parts is merged. Throws `Malformed`. `none` is what the hint
 * NONE stands for here; inside values it is null.
 */
export function readValue(from: ByteReader, depth: number, none: unknown = null, parts = noParts): unknown {
  let value: unknown = null;
  let hint = 0;
  for (let next = 0; ; next++) {
    while (from.at < from.end) {
      const tag = from.tag();
      if (tag === valueTag.number) value = from.double();
      else if (tag === valueTag.string) value = from.string();
      else if (tag === valueTag.boolean) value = from.bool();
      else if (tag === valueTag.struct) value = readStruct(from, depth + 1, isStruct(value) ? value : {});
      else if (tag === valueTag.list) value = readList(from, depth + 1, Array.isArray(value) ? value : []);
      else if (tag === valueTag.null) value = readNull(from);
      else if (tag === valueTag.hint) hint = from.uint32();
      else from.skip(tag, depth);
    }
    if (next === parts.length) return hint === 0 ? value : restore(value, hint, none);
    ({ at: from.at, end: from.end } = parts[next]!);
  }
}

/** Every number of the enum NullValue, unknown ones too, is null. */
function readNull(from: ByteReader): null {
  from.bool();
  return null;
}

function isStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readList(from: ByteReader, depth: number, list: unknown[]): unknown[] {
  const outer = enter(from, depth);
  while (from.at < from.end) {
    const tag = from.tag();
    if (tag === itemsTag) {
      const end = from.end;
      from.end = from.length() + from.at;
      list.push(readValue(from, depth));
      from.end = end;
    } else from.skip(tag, depth);
  }
  from.end = outer;
  return list;
}

function readStruct(from: ByteReader, depth: number, struct: Struct): Struct {
  const outer = enter(from, depth);
  while (from.at < from.end) {
    const tag = from.tag();
    if (tag === itemsTag) readEntry(from, depth, struct);
    else from.skip(tag, depth);
  }
  from.end = outer;
  return struct;
}

/** Narrows the reader to a container and gives back the end to restore. */
function enter(from: ByteReader, depth: number): number {
  if (depth > maxValueDepth) throw new Malformed(`it is nested deeper than ${maxValueDepth}`);
  const outer = from.end;
  from.end = from.length() + from.at;
  return outer;
}

function readEntry(from: ByteReader, depth: number, struct: Struct): void {
  const outer = from.end;
  const end = from.length() + from.at;
  from.end = end;
  let key = '';
  let first: Part | undefined;
  let further: Part[] | undefined;
  while (from.at < end) {
    const tag = from.tag();
    if (tag === entryTag.key) key = from.string();
    else if (tag === entryTag.value) {
      const length = from.length();
      const part = { at: from.at, end: from.at + length };
      from.at = part.end;
      if (first === undefined) first = part;
      else (further ??= []).push(part);
    } else from.skip(tag, depth);
  }
  let value: unknown = null;
  if (first !== undefined) {
    ({ at: from.at, end: from.end } = first);
    value = readValue(from, depth, null, further);
  }
  from.at = end;
  from.end = outer;
  if (key !== '__proto__') struct[key] = value;
  else Object.defineProperty(struct, key, { value, enumerable: true, writable: true, configurable: true });
}
