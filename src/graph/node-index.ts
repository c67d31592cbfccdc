import type { KindInfo } from '../nodes/kind-info.ts';
import { nodeLabel } from '../nodes/names.ts';
import { type Path, positionOf } from '../wire/yaml/position.ts';
import type { Draft } from './draft.ts';
import type { PortTarget } from './edge.ts';
import type { TargetIndex } from './link.ts';
import { didYouMean, quote } from './problems.ts';
import type { ResolvedNode } from './resolved.ts';
import type { NodeSpec } from './spec.ts';

type ReportOn = (spec: NodeSpec, reason: string, path: Path, suggestion?: string) => void;

/** Finds nodes by what edges call them. */
export class NodeIndex<K extends KindInfo> {
  readonly #byId = new Map<string, Draft<K>>();
  readonly #byName = new Map<string, Draft<K>>();
  readonly #namesIn = new Map<string, string[]>();
  readonly #byService = new Map<string, Draft<K>>();
  readonly #report: ReportOn;

  constructor(report: ReportOn) {
    this.#report = report;
  }

  /** Reports every id, name and service that it shares with one that was added before. */
  add(node: Draft<K>): void {
    const { spec, service } = node;
    const { id, namespace, name } = spec;
    const sameId = claim(this.#byId, id.toLowerCase(), node);
    if (sameId !== undefined)
      this.#report(
        spec,
        `duplicate id ${quote(id)}, ${whereIs(sameId)} has it too`,
        ['id'],
        'leave it out to have one made',
      );
    const sameName = name === undefined ? undefined : claim(this.#byName, `${namespace}/${name}`, node);
    if (sameName !== undefined)
      this.#report(
        spec,
        `duplicate name in namespace ${quote(namespace)}, ${whereIs(sameName)} has it too`,
        ['name'],
        'rename one of them',
      );
    const sameService = claim(this.#byService, service, node);
    if (sameService !== undefined && sameName === undefined && sameId === undefined) {
      this.#report(
        spec,
        `its service ${quote(service)} is also that of ${whereIs(sameService)}`,
        ['name'],
        'rename one of them',
      );
    }
    if (name !== undefined && sameName === undefined) this.#names(namespace).push(name);
  }

  /** What edges from this namespace find. */
  in(namespace: string): TargetIndex<K> {
    return {
      where: `namespace ${quote(namespace)}`,
      find: (target) => this.#find(target, namespace),
      suggestionFor: (target) => this.#suggestionFor(target, namespace),
    };
  }

  #find({ id, name }: PortTarget, namespace: string): Draft<K> | undefined {
    const node = id === undefined ? this.#byName.get(`${namespace}/${name}`) : this.#byId.get(id.toLowerCase());
    const same = node?.spec.namespace === namespace && (name === undefined || node.spec.name === name);
    return same ? node : undefined;
  }

  /** What to do about a target that was not found. */
  #suggestionFor({ name }: PortTarget, namespace: string): string | undefined {
    if (name === undefined) return undefined;
    const elsewhere = [...this.#namesIn.keys()].find((other) => this.#byName.has(`${other}/${name}`));
    if (elsewhere !== undefined) return `it is in namespace ${quote(elsewhere)}, and edges stay in one`;
    return didYouMean(name, this.#names(namespace));
  }

  #names(namespace: string): string[] {
    const names = this.#namesIn.get(namespace) ?? [];
    this.#namesIn.set(namespace, names);
    return names;
  }
}

/** Enters a node under a key unless another has it, which is then the result. */
function claim<K extends KindInfo>(nodes: Map<string, Draft<K>>, key: string, node: Draft<K>): Draft<K> | undefined {
  const owner = nodes.get(key);
  if (owner === undefined) nodes.set(key, node);
  return owner;
}

function whereIs({ spec }: ResolvedNode): string {
  const at = positionOf(spec);
  return `${quote(nodeLabel(spec))}${at === undefined ? '' : ` at ${at.file}:${at.line}`}`;
}
