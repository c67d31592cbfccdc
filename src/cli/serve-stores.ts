import { applyDocument } from '../runtime/control-documents.ts';
import type { Health } from '../services/index.ts';
import { fileStore, memoryStore, type Store } from '../stores/index.ts';
import { placeCopy } from '../wire/yaml/position.ts';
import type { ServedFiles } from './serve-files.ts';
import { storeFolder } from './store-documents.ts';

/** The stores that a server runs on: in memory, or in a folder. */
export class ServedStores implements AsyncDisposable {
  readonly specs: Store;
  readonly values: Store;
  readonly #kept: boolean;
  /** Ids of what came from files, so that it goes when it is not there any more. */
  readonly #fromFiles = { specs: new Set<string>(), values: new Set<string>() };

  private constructor(specs: Store, values: Store, kept: boolean) {
    this.specs = specs;
    this.values = values;
    this.#kept = kept;
  }

  static async open(directory: string | undefined): Promise<ServedStores> {
    if (directory === undefined) return new ServedStores(memoryStore(), memoryStore(), false);
    const specs = await fileStore(storeFolder(directory, 'specs'), { create: true });
    try {
      return new ServedStores(specs, await fileStore(storeFolder(directory, 'values'), { create: true }), true);
    } catch (error) {
      await specs.close();
      throw error;
    }
  }

  /**
   * Puts in what files say, values first, and gives what was refused. What an earlier call has put in, and files do not say any more, goes; but
   * nothing goes while something is refused: it may be the same, written wrong.
   */
  async take(files: ServedFiles): Promise<readonly string[]> {
    return [...(await this.#take('values', files)), ...(await this.#take('specs', files))];
  }

  /** Says by health whether a folder can be read, and all that is in it: `flowrpc.stores`, beside the server's own. */
  reportTo(health: Health): void {
    if (!this.#kept) return;
    const stores = [this.specs, this.values];
    const report = (): void => {
      const sound = stores.every(({ problems = [] }) => problems.length === 0);
      health.set('flowrpc.stores', sound ? 'SERVING' : 'NOT_SERVING');
    };
    for (const store of stores) store.onProblems?.(report);
    report();
  }

  async close(): Promise<void> {
    await Promise.all([this.specs.close(), this.values.close()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #take(which: 'specs' | 'values', files: ServedFiles): Promise<string[]> {
    const store = this[which];
    const before = this.#fromFiles[which];
    const now = new Set<string>();
    const refused: string[] = [];
    for (const document of files[which]) {
      // A store that was there before knows a named document by the id it has there.
      const { id, ...named } = document;
      const init = this.#kept && document.name !== undefined ? placeCopy(named, document) : document;
      try {
        const { stored } = await applyDocument(store, which === 'specs' ? 'spec' : 'value', init);
        now.add(stored.document.id);
      } catch (error) {
        refused.push(error instanceof Error ? error.message : String(error));
      }
    }
    for (const id of before) {
      if (refused.length > 0) now.add(id);
      else if (!now.has(id)) await store.delete(id);
    }
    this.#fromFiles[which] = now;
    return refused;
  }
}
