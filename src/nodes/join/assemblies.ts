import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { ValueMap } from '../cache/value-map.ts';
import type { NodeContext } from '../node-context.ts';
import { none, type Reply } from '../reply.ts';
import { Ended, orRunEnded } from '../run-ended.ts';
import { Assembly } from './assembly.ts';
import type { JoinRule } from './rule.ts';

const maxOpen = 1_000;

/** The assemblies of one process that something is still to come for. */
export class Assemblies {
  readonly #rule: JoinRule;
  readonly #windowMs: number | undefined;
  /** The oldest first. */
  readonly #open = new Set<Assembly>();
  readonly #byKey = new ValueMap<Assembly[]>();

  constructor(rule: JoinRule, windowMs: number | undefined) {
    this.#rule = rule;
    this.#windowMs = windowMs;
  }

  /**
   * Puts a payload to those with the same key that it belongs to. Gives what they make to one of them: the first when there is a window, for which it
   * waits, else the last that was needed; `none` to all others.
   */
  take(key: unknown, index: number, payload: unknown, context: NodeContext): Reply | Promise<Reply> {
    const known = this.#byKey.get(key)?.find((assembly) => assembly.takes(index));
    const assembly = known ?? this.#begin(key);
    const result = assembly.add(index, payload);
    if (assembly.full) this.#forget(assembly);
    if (result !== undefined) return result[0];
    return known === undefined && this.#windowMs !== undefined ? this.#wait(assembly, this.#windowMs, context) : none;
  }

  #begin(key: unknown): Assembly {
    if (this.#open.size >= maxOpen) this.#makeRoom();
    const assembly = new Assembly(this.#rule, key);
    this.#open.add(assembly);
    const same = this.#byKey.get(assembly.key);
    if (same === undefined) this.#byKey.set(assembly.key, [assembly]);
    else same.push(assembly);
    return assembly;
  }

  /** What has given its result waits for nobody. */
  #makeRoom(): void {
    for (const assembly of this.#open) {
      if (!assembly.over) continue;
      this.#forget(assembly);
      return;
    }
    throw tooMany();
  }

  async #wait(assembly: Assembly, windowMs: number, context: NodeContext): Promise<Reply> {
    const settled = await orRunEnded(
      context,
      assembly.wait(windowMs, () => this.#forget(assembly)),
    );
    if (!(settled instanceof Ended)) return settled;
    assembly.close();
    this.#forget(assembly);
    return settled.reason;
  }

  #forget(assembly: Assembly): void {
    if (!this.#open.delete(assembly)) return;
    const same = this.#byKey.get(assembly.key) ?? [];
    const at = same.indexOf(assembly);
    if (at >= 0) same.splice(at, 1);
    if (same.length === 0) this.#byKey.delete(assembly.key, same);
  }
}

function tooMany(): StatusError {
  return new StatusError(Code.RESOURCE_EXHAUSTED, `${maxOpen} joins of the process wait for more already`);
}
