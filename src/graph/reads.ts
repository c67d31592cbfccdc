import { isDeepStrictEqual } from 'node:util';
import type { EnvEntry } from './spec.ts';
import type { StoredValue, Values } from './values.ts';

/** Variables of the runtime, by name. */
export type Environment = Readonly<Record<string, string>>;

/** Where env entries read from. */
export interface Sources {
  readonly environment: Environment;
  readonly values: Values;
}

type Reference = Pick<EnvEntry, 'id' | 'name'>;

/** What was read to fill templates in, what was not there included: reading it again tells whether anything changed. */
export class Reads {
  /** What came out of stored values, as it was put in. */
  readonly secrets = new Set<unknown>();
  readonly #variables = new Map<string, string | undefined>();
  readonly #values = new Map<string, { reference: Reference; namespace: string; value: StoredValue | undefined }>();

  /** Ids of the stored values that were found. */
  get valueIds(): string[] {
    return [...new Set([...this.#values.values()].flatMap(({ value }) => value?.id ?? []))];
  }

  variable(name: string, { environment }: Sources): string | undefined {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    this.#variables.set(name, value);
    return value;
  }

  value({ id, name }: Reference, namespace: string, { values }: Sources): StoredValue | undefined {
    const value = values.find({ id, name }, namespace);
    this.#values.set(`${namespace}/${id ?? ''}/${name ?? ''}`, { reference: { id, name }, namespace, value });
    return value;
  }

  /** Takes over what others read. */
  add(others: Reads): void {
    for (const secret of others.secrets) this.secrets.add(secret);
    for (const [key, value] of others.#variables) this.#variables.set(key, value);
    for (const [key, value] of others.#values) this.#values.set(key, value);
  }

  /** Whether all of it is still the same. */
  same({ environment, values }: Sources): boolean {
    for (const [name, value] of this.#variables) {
      if ((Object.hasOwn(environment, name) ? environment[name] : undefined) !== value) return false;
    }
    for (const { reference, namespace, value } of this.#values.values()) {
      const now = values.find(reference, namespace);
      if (now === value) continue;
      if (now?.id !== value?.id || !isDeepStrictEqual(now?.data, value?.data)) return false;
    }
    return true;
  }
}
