import { readDocumentFiles } from './document-files.ts';
import { type DocumentOptions, openDocuments } from './document-options.ts';
import { type DocumentRow, printDocuments } from './document-rows.ts';
import type { DocumentTypeName } from './documents.ts';
import { ExitCode } from './exit.ts';
import { reportFailure } from './failure.ts';
import { note } from './output.ts';

export interface ApplyOptions extends DocumentOptions {
  filename: readonly string[];
}

/** `flowrpc apply specs|values -f FILE`: makes or replaces what the files describe, one by one, and touches nothing else. */
export async function apply(type: DocumentTypeName, options: ApplyOptions): Promise<number> {
  const files = await readDocumentFiles(options.filename, options.namespace);
  const unnamed = files.filter(({ document: { id, name } }) => id === undefined && name === undefined);
  if (unnamed.length > 0) {
    // With neither there would be a new one each time.
    const where = unnamed.map(({ at }) => at).join(', ');
    throw new Error(`Cannot apply ${type} with neither id nor name: ${where}`);
  }
  await using documents = await openDocuments(type, options, { create: true });
  const rows: DocumentRow[] = [];
  for (const { document, at } of files) {
    try {
      rows.push(await documents.apply(document));
    } catch (error) {
      if (!options.json) note(`${at}:`);
      await reportFailure(error, options);
    }
  }
  await printDocuments(type, rows, options);
  return rows.length === files.length ? ExitCode.ok : ExitCode.failed;
}
