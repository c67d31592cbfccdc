import { Code, StatusError } from 'flowrpc';
import { fileStore } from 'flowrpc/stores';

// Counts a document of a store up, as often as it is told, among others that do the same.
const [folder, times] = [process.argv[2]!, Number(process.argv[3])];
const store = await fileStore(folder, { lockTimeoutMs: 60_000 });
const { document } = (await store.list({ name: 'counter' })).items[0]!;
let conflicts = 0;
for (let done = 0; done < times; ) {
  const { document: now, revision } = (await store.get(document.id))!;
  try {
    await store.put({ ...now, n: (now.n as number) + 1 }, { ifRevision: revision });
    done += 1;
  } catch (error) {
    if (!(error instanceof StatusError && error.code === Code.ABORTED)) throw error;
    conflicts += 1;
  }
}
await store.close();
process.stdout.write(`${conflicts}\n`);
