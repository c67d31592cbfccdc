export type { TextProblem } from '../wire/yaml/problem.ts';
export { type FileStore, type FileStoreOptions, fileStore } from './file-store.ts';
export type { FileSystem } from './file-system.ts';
export { type MemoryStoreOptions, memoryStore } from './memory-store.ts';
export type {
  Document,
  DocumentInit,
  Filter,
  RevisionOptions,
  Store,
  Stored,
  StoreEvent,
  StoreList,
  WatchOptions,
} from './store.ts';
