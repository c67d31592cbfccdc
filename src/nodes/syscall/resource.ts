import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { Document, DocumentInit, Filter, Store, Stored } from '../../stores/index.ts';
import { isName } from '../names.ts';
import type { NodeStores } from '../node-stores.ts';
import { invalidCall } from './invalid-call.ts';

/** A part of what a runtime is made of. */
export interface Resource {
  /** In errors: `spec`. */
  readonly type: 'spec' | 'chart' | 'value';
  readonly store: Store;
  /** What its documents have in common. */
  readonly filter: Pick<Filter, 'kind'>;
  /** The document as it is to be stored; INVALID_ARGUMENT for one that is none of these. */
  admit(document: DocumentInit): DocumentInit;
  /** Field of its documents that is not shown unless the operator says so. */
  readonly secret?: string;
}

/** Resources by the names that opcodes and topics have for them. */
export const resourceNames = ['specs', 'values', 'charts', 'nodes', 'secrets'] as const;
export type ResourceName = (typeof resourceNames)[number];

/** The documents that a name stands for: `nodes` are specs, and `secrets` values. */
export function resourceOf(name: ResourceName, { specs, values }: NodeStores): Resource {
  switch (name) {
    case 'values':
    case 'secrets':
      return { type: 'value', store: values, filter: {}, admit: admitValue, secret: 'data' };
    case 'charts':
      return { type: 'chart', store: specs, filter: { kind: 'chart' }, admit: admitChart };
    default:
      return { type: 'spec', store: specs, filter: {}, admit: admitSpec };
  }
}

/** Whether a stored document is one of a resource's. */
export function belongs({ document }: Stored, { filter }: Resource): boolean {
  return filter.kind === undefined || document.kind === filter.kind;
}

/** What a document is to a process: a copy without what is secret. */
export function shownDocument(document: Document, { secret }: Resource, reveal: boolean): Document {
  if (secret === undefined || reveal) return structuredClone(document);
  const { [secret]: _, ...rest } = document;
  return structuredClone(rest) as Document;
}

export function notFound({ type }: Resource, label: string): StatusError {
  return new StatusError(Code.NOT_FOUND, `There is no ${type} "${label}"`);
}

function admitSpec(document: DocumentInit): DocumentInit {
  if (!isName(document.kind)) throw invalidCall('a spec without a kind', 'a mapping with the field "kind"');
  return document;
}

function admitChart(document: DocumentInit): DocumentInit {
  const { kind = 'chart' } = document;
  if (kind !== 'chart') throw invalidCall('a chart of another kind', 'kind "chart"');
  return { ...document, kind };
}

function admitValue(document: DocumentInit): DocumentInit {
  if (document.data === undefined) throw invalidCall('a value without data', 'a mapping with the field "data"');
  return document;
}
