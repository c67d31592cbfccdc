import type { DocumentKey } from '../runtime/control-documents.ts';
import type { DocumentInit } from '../stores/index.ts';

export const documentTypes = ['specs', 'values'] as const;
export type DocumentTypeName = (typeof documentTypes)[number];

/** What `get` shows. */
export const resources = [...documentTypes, 'nodes', 'processes', 'frames', 'problems'] as const;
export type Resource = (typeof resources)[number];

/** A spec or value as commands show it. */
export interface ShownDocument {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** Of a spec: as it was written. Of a value: its data masked. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly revision: number;
}

/** What `get` asks for; what is left out is any. */
export interface DocumentQuery {
  readonly namespace?: string;
  readonly name?: string;
  readonly where?: string;
}

/** The specs or values of a server or of a store, for commands to read and change. */
export interface Documents extends AsyncDisposable {
  apply(document: DocumentInit): Promise<{ shown: ShownDocument; change: 'created' | 'replaced' | 'unchanged' }>;
  list(query: DocumentQuery): Promise<ShownDocument[]>;
  delete(key: DocumentKey): Promise<ShownDocument>;
}
