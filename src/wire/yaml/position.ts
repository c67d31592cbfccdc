/** Where something stands in a file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Steps from a value to one inside it: keys of objects, indexes of lists. */
export type Path = readonly (string | number)[];

interface Places {
  readonly self: Position;
  readonly entries: Map<string | number, Position>;
}

// Beside the values and not in them: a spec stays the plain object that was written.
const known = new WeakMap<object, Places>();

/** Remembers where an object or list was written. */
export function place(container: object, self: Position): void {
  known.set(container, { self, entries: new Map() });
}

/** Remembers where one of its entries was written: the key of an object, the item of a list. */
export function placeEntry(container: object, key: string | number, position: Position): void {
  known.get(container)?.entries.set(key, position);
}

/** Lets a copy of an object or list stand where the original was written. */
export function placeCopy<T extends object>(copy: T, original: object): T {
  const places = known.get(original);
  if (places !== undefined) known.set(copy, places);
  return copy;
}

/** Where the value at `path` was written, or the nearest around it; undefined for values made in code. */
export function positionOf(root: unknown, path: Path = []): Position | undefined {
  let nearest = placesOf(root)?.self;
  let value = root;
  for (const key of path) {
    const entry = placesOf(value)?.entries.get(key);
    value = isObject(value) && Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
    // An item that knows its own place is right even when items before it were dropped.
    nearest = (typeof key === 'number' ? placesOf(value)?.self : undefined) ?? entry ?? nearest;
  }
  return nearest;
}

/** A path as people write it: `ports.out[0].retry`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function placesOf(value: unknown): Places | undefined {
  return isObject(value) ? known.get(value) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
