import type { DocumentInit } from '../../stores/index.ts';

/** Annotation of whatever no operator wrote. It stays, so that it counts after a restart as well. */
export const originKey = 'flowrpc.v1/applied-by';

/** Who wrote a document that is not the operator's: a caller of Control, or a node of a graph. */
export type Origin = 'control' | 'workflow';

/** The document with the note of who wrote it. */
export function markedBy(origin: Origin, document: DocumentInit): DocumentInit {
  const annotations: unknown = document.annotations ?? {};
  // What is no mapping is the store's to refuse.
  if (typeof annotations !== 'object' || Array.isArray(annotations)) return document;
  return { ...document, annotations: { ...(annotations as Record<string, string>), [originKey]: origin } };
}
