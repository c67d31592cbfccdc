import { streamOf } from './named-file.ts';

/** Whether a node with these fields reads or writes files of this machine, or lets packets name some. */
export function namesFiles(kind: string, { root, filename }: Readonly<Record<string, unknown>>): boolean {
  if (kind === 'file') return true;
  if (kind !== 'print' && kind !== 'scan') return false;
  return root !== undefined || streamOf(filename) === undefined;
}
