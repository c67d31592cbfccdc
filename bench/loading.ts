import { createServer, silentLogger } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';
import { createRuntime } from 'flowrpc/runtime';
import { memoryStore } from 'flowrpc/stores';
import { stringify } from 'yaml';
import { spread, table } from './statistics.ts';

export interface Loading {
  readonly specs: number;
  readonly readMs: readonly number[];
  readonly loadMs: readonly number[];
  /** From the put of one changed spec to the first answer of the node made from it. */
  readonly changeMs: readonly number[];
}

const perFile = 1_000;

/** What it takes to read specs, to make and serve a graph of them, and to see one of them change. */
export async function loading({ sizes = [1_000, 10_000], rounds = 5, changes = 10 } = {}): Promise<Loading[]> {
  const found: Loading[] = [];
  for (const size of sizes) {
    const all = Array.from({ length: size }, (_, index) => spec(index, size));
    const files = Array.from({ length: size / perFile }, (_, file) =>
      stringify(all.slice(file * perFile, (file + 1) * perFile)),
    );
    const readMs: number[] = [];
    const loadMs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const specs = files.flatMap((text, file) => parseSpecs(text, { file: `${file}.yaml` }).specs);
      readMs.push(performance.now() - start);
      const load = performance.now();
      const server = createServer({ logger: silentLogger });
      const graph = await createGraph({ specs, server, logger: silentLogger });
      loadMs.push(performance.now() - load);
      await graph.close({ graceMs: 0 });
    }
    found.push({ specs: size, readMs, loadMs, changeMs: await changed(size, changes) });
  }
  console.log(
    '\nspecs: read from YAML, made into a graph that is served, and one of them changed in a store that is watched',
  );
  console.log(
    table([
      ['specs', 'read ms', 'load ms', 'change to answer ms'],
      ...found.map(({ specs, readMs, loadMs, changeMs }) => [
        String(specs),
        spread(readMs),
        spread(loadMs),
        spread(changeMs),
      ]),
    ]),
  );
  return found;
}

/** Rows of ten nodes. */
function spec(
  index: number,
  size: number,
): { kind: string; name: string; language: string; code: string; ports?: object } {
  const ports = index % 10 < 9 && index + 1 < size ? { out: [{ name: `n${index + 1}`, port: 'in' }] } : undefined;
  return { kind: 'snippet', name: `n${index}`, language: 'text', code: `text ${index}`, ...(ports && { ports }) };
}

async function changed(size: number, changes: number): Promise<number[]> {
  const specs = memoryStore();
  const id = (index: number): string => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;
  for (let index = 0; index < size; index++) await specs.put({ id: id(index), ...spec(index, size) });
  const runtime = await createRuntime({ specs, logger: silentLogger });
  await runtime.load();
  await runtime.watch();
  const times: number[] = [];
  const last = size - 1;
  for (let change = 0; change < changes; change++) {
    const code = `changed ${change}`;
    const start = performance.now();
    await specs.put({ id: id(last), ...spec(last, size), code });
    while ((await runtime.call(`n${last}`, null)) !== code) await new Promise((settle) => setImmediate(settle));
    times.push(performance.now() - start);
  }
  await runtime.close({ graceMs: 0 });
  return times;
}
