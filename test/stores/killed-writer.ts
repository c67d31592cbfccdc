import { fileStore } from 'flowrpc/stores';
import { faultyFileSystem } from './faulty-file-system.ts';

// Writes to a store and is killed before the n-th system call of it, as `kill -9` does.
const [folder, n] = [process.argv[2]!, Number(process.argv[3])];
let armed = false;
let calls = 0;
const fs = faultyFileSystem(() => {
  if (armed && ++calls === n) process.kill(process.pid, 'SIGKILL');
  return undefined;
});
const store = await fileStore(folder, { fs });
const { document } = (await store.list({ name: 'a' })).items[0]!;
armed = true;
await store.put({ ...document, x: 'new' });
process.stdout.write('written\n');
await store.close();
