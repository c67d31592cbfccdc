import { fileStore } from 'flowrpc/stores';
import { storeSuite } from '../suites/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

storeSuite('fileStore()', async (options) => fileStore(await temporaryFolder(), { settleMs: 5, ...options }));
