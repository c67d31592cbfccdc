import { isId } from '../stores/document-id.ts';
import { type DocumentOptions, openDocuments } from './document-options.ts';
import { printDocuments } from './document-rows.ts';
import type { Resource } from './documents.ts';
import { ExitCode, UsageError } from './exit.ts';
import { note } from './output.ts';

export interface GetOptions extends DocumentOptions {
  where?: string;
}

/** `flowrpc get specs|values|nodes|processes|frames|problems [NAME]`. Exit code 1 when a name was given and there is no such thing. */
export async function get(resource: Resource, name: string | undefined, options: GetOptions): Promise<number> {
  const found =
    resource === 'specs' || resource === 'values'
      ? await getDocuments(resource, name, options)
      : await getLive(resource, name, options);
  if (found > 0 || name === undefined) return ExitCode.ok;
  note(`error: There is no such thing among ${resource}: "${name}"`);
  return ExitCode.failed;
}

async function getDocuments(type: 'specs' | 'values', name: string | undefined, options: GetOptions): Promise<number> {
  const { namespace, where } = options;
  await using documents = await openDocuments(type, options);
  const found = await documents.list({
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && (isId(name) ? { id: name.toLowerCase() } : { name })),
    ...(where !== undefined && { where }),
  });
  await printDocuments(
    type,
    found.map((shown) => ({ shown })),
    options,
  );
  return found.length;
}

async function getLive(
  resource: 'nodes' | 'processes' | 'frames' | 'problems',
  name: string | undefined,
  options: GetOptions,
): Promise<number> {
  if (options.store !== undefined)
    throw new UsageError(`Cannot get ${resource} from a store: they are a server's, wanted --host`);
  const live = await import('./get-live.ts');
  return await live[resource](name, options);
}
