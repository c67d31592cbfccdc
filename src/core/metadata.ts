import { checkedKey, checkedValue } from './checked-pair.ts';

/** What a value is follows from its key: bytes under `…-bin`, text elsewhere. */
export type MetadataValue<K extends string = string> = string extends K
  ? string | Uint8Array
  : Lowercase<K> extends `${string}-bin`
    ? Uint8Array
    : string;

type Pairs = Map<string, (string | Uint8Array)[]>;

/** Metadata that can be read but not changed, such as what the caller sent. */
export interface ReadonlyMetadata extends Iterable<readonly [key: string, value: string | Uint8Array]> {
  /** The first value of a key, whatever its case. */
  get<K extends string>(key: K): MetadataValue<K> | undefined;
  /** All values of a key, in the order they were sent. */
  getAll<K extends string>(key: K): readonly MetadataValue<K>[];
  has(key: string): boolean;
  keys(): IterableIterator<string>;
  /** Number of key-value pairs. */
  readonly size: number;
  /** Size as HTTP/2 counts it: key and value bytes and 32 for each pair (RFC 9113, 6.5.2). */
  readonly byteLength: number;
  clone(): Metadata;
}

/** Keys whose values may be printed. */
const publicKeys = new Set([
  'traceparent',
  'tracestate',
  'x-request-id',
  'grpc-previous-rpc-attempts',
  'grpc-retry-pushback-ms',
]);

/**
 * Header or trailer pairs: keys are lower-cased, a key may have several values, `-bin` keys hold bytes (PROTOCOL-HTTP2).
 * A key or value that cannot travel is refused with a TypeError that names the key. Printing redacts all but a few known keys.
 */
export class Metadata implements ReadonlyMetadata {
  #pairs: Pairs | undefined;
  #checked = true;

  constructor(init?: MetadataInit) {
    if (init === undefined) return;
    if (init instanceof Metadata) {
      this.#checked = init.#checked;
      if (init.#pairs !== undefined) this.#pairs = copy(init.#pairs);
      return;
    }
    const entries = Symbol.iterator in init ? init : Object.entries(init);
    for (const [key, value] of entries) {
      if (value === undefined) continue;
      if (Array.isArray(value)) for (const item of value) this.append(key, item);
      else this.append(key, value as string | Uint8Array);
    }
  }

  /** Pairs as a transport received them: taken over without checks or copies, keys already lower-case. */
  static received(pairs: Map<string, (string | Uint8Array)[]>): Metadata {
    const metadata = new Metadata();
    metadata.#checked = false;
    if (pairs.size > 0) metadata.#pairs = pairs;
    return metadata;
  }

  get<K extends string>(key: K): MetadataValue<K> | undefined {
    return this.#pairs?.get(key.toLowerCase())?.[0] as MetadataValue<K> | undefined;
  }

  getAll<K extends string>(key: K): readonly MetadataValue<K>[] {
    return (this.#pairs?.get(key.toLowerCase()) ?? []) as unknown as readonly MetadataValue<K>[];
  }

  has(key: string): boolean {
    return this.#pairs?.has(key.toLowerCase()) ?? false;
  }

  /** True when every pair was checked here, so that a transport need not do it again. */
  get checked(): boolean {
    return this.#checked;
  }

  /** Replaces all values of a key. */
  set<K extends string>(key: K, value: MetadataValue<NoInfer<K>>): this {
    const name = checkedKey(key);
    this.#own().set(name, [checkedValue(name, value)]);
    return this;
  }

  /** Adds a value behind those the key already has. */
  append<K extends string>(key: K, value: MetadataValue<NoInfer<K>>): this {
    const name = checkedKey(key);
    const checked = checkedValue(name, value);
    const pairs = this.#own();
    const values = pairs.get(name);
    if (values === undefined) pairs.set(name, [checked]);
    else values.push(checked);
    return this;
  }

  /** Sets every key of the other metadata, replacing values of keys that both have. */
  merge(other: ReadonlyMetadata): this {
    if (!(other instanceof Metadata && other.#checked)) this.#checked = false;
    for (const key of other.keys()) this.#own().set(key, [...other.getAll(key)]);
    return this;
  }

  delete(key: string): boolean {
    return this.#pairs?.delete(key.toLowerCase()) ?? false;
  }

  keys(): IterableIterator<string> {
    return (this.#pairs ?? none).keys();
  }

  *[Symbol.iterator](): IterableIterator<readonly [string, string | Uint8Array]> {
    for (const [key, values] of this.#pairs ?? none) for (const value of values) yield [key, value] as const;
  }

  get size(): number {
    let size = 0;
    for (const values of this.#pairs?.values() ?? []) size += values.length;
    return size;
  }

  get byteLength(): number {
    let bytes = 0;
    for (const [key, value] of this) {
      bytes += 32 + key.length + (typeof value === 'string' ? value.length : Math.ceil(value.length / 3) * 4);
    }
    return bytes;
  }

  clone(): Metadata {
    return new Metadata(this);
  }

  /** For logs and `JSON.stringify`: values of unknown keys are replaced, so a token never gets printed by accident. */
  toJSON(): Record<string, string[]> {
    const shown: Record<string, string[]> = {};
    for (const [key, values] of this.#pairs ?? none) {
      shown[key] = values.map((value) => (publicKeys.has(key) ? String(value) : '<redacted>'));
    }
    return shown;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `Metadata ${JSON.stringify(this)}`;
  }

  #own(): Pairs {
    return (this.#pairs ??= new Map());
  }
}

/** What metadata can be made from: another one, pairs, or an object whose values may be lists. */
export type MetadataInit =
  | ReadonlyMetadata
  | Iterable<readonly [key: string, value: string | Uint8Array]>
  | Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[] | undefined>>;

const none: Pairs = new Map();

function copy(pairs: Pairs): Pairs {
  const result: Pairs = new Map();
  for (const [key, values] of pairs) result.set(key, values.slice());
  return result;
}
