import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Code } from 'flowrpc';
import { type FileStore, type FileStoreOptions, fileStore } from 'flowrpc/stores';
import { codeOf } from '../suites/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const poll = { timeout: 10_000, interval: 5 };

export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(await temporaryFolder(), 'specs');
  await fill(folder, files);
  return folder;
}

export async function fill(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

export const open = (folder: string, options: FileStoreOptions = {}): Promise<FileStore> =>
  fileStore(folder, { settleMs: 5, pollMs: 20, ...options });

export async function texts(store: FileStore): Promise<string[]> {
  return (await store.list()).items.map(({ document }) => `${document.name} ${document.x}`);
}

export const messages = (store: FileStore): string[] => store.problems.map(({ message }) => message);
export const code = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => Code.OK, codeOf);
export const two = { 'a.yaml': 'name: a\nx: 1\n', 'b.yaml': 'name: b\nx: 1\n' };
