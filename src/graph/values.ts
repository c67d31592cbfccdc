import type { EnvEntry } from './spec.ts';

/** A value that env entries may name: a secret, an address, any JSON. */
export interface StoredValue {
  readonly id: string;
  readonly namespace: string;
  /** Unique in its namespace. */
  readonly name?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly data: unknown;
}

/** Stored values by what env entries call them. */
export class Values {
  readonly #byId = new Map<string, StoredValue>();
  readonly #byName = new Map<string, StoredValue>();

  constructor(values: readonly StoredValue[]) {
    for (const value of values) {
      this.#byId.set(value.id.toLowerCase(), value);
      if (value.name !== undefined) this.#byName.set(`${value.namespace}/${value.name}`, value);
    }
  }

  /** The value that an entry of a node in this namespace names; values of other namespaces are never found. */
  find({ id, name }: Pick<EnvEntry, 'id' | 'name'>, namespace: string): StoredValue | undefined {
    const value = id === undefined ? this.#byName.get(`${namespace}/${name}`) : this.#byId.get(id.toLowerCase());
    const same = value?.namespace === namespace && (name === undefined || value.name === name);
    return same ? value : undefined;
  }

  /** What the values of a namespace hold. */
  dataIn(namespace: string): unknown[] {
    return [...this.#byId.values()].flatMap((value) => (value.namespace === namespace ? [value.data] : []));
  }

  namesIn(namespace: string): string[] {
    return [...this.#byName.values()].filter((value) => value.namespace === namespace).map(({ name }) => name!);
  }
}
