import { controlDocuments } from './control-documents.ts';
import type { ControlClientOptions } from './control-options.ts';
import type { Documents, DocumentTypeName } from './documents.ts';
import { UsageError } from './exit.ts';

/** Where a server is that was started without saying where. */
export const defaultHost = '127.0.0.1:50051';

/** Whose specs and values a command is about: those of a server, or of a store's folder. */
export interface DocumentOptions extends ControlClientOptions {
  /** Default `127.0.0.1:50051`. */
  host?: string;
  store?: string;
  namespace?: string;
}

/** Opens what the command line names. */
export async function openDocuments(
  type: DocumentTypeName,
  options: DocumentOptions,
  { create = false } = {},
): Promise<Documents> {
  const { host, store } = options;
  if (store === undefined) return await controlDocuments(host ?? defaultHost, type, options);
  if (host !== undefined) throw new UsageError('Cannot use --host beside --store: they are two places');
  const { storeDocuments } = await import('./store-documents.ts');
  return await storeDocuments(store, type, { create });
}
