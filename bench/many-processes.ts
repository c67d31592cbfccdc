import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind } from 'flowrpc/nodes';
import { table } from './statistics.ts';

export interface ManyProcesses {
  readonly processes: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Heap that one process keeps while it waits at the third of three nodes. */
  readonly bytesEach: number;
  /** Heap after all have ended, to that before: 1 is all given back. */
  readonly left: number;
}

/** Processes that are all under way at once, and what is left of them. */
export async function manyProcesses({ processes = 10_000, rounds = 3 } = {}): Promise<ManyProcesses[]> {
  let release!: () => void;
  let held = new Promise<void>(() => {});
  const kinds = createKinds(
    defineKind({
      kind: 'pass',
      setup: () => ({ process: async (packet, { send }) => (await send('out', packet)).reply }),
    }),
    defineKind({ kind: 'wait', setup: () => ({ process: (packet) => held.then(() => packet) }) }),
  );
  const to = (name: string): object => ({ ports: { out: [{ name, port: 'in' }] } });
  const nodes = [
    { kind: 'pass', name: 'a', ...to('b') },
    { kind: 'pass', name: 'b', ...to('c') },
    { kind: 'wait', name: 'c' },
  ];
  const graph = await createGraph({ ...readSpecs(nodes), kinds, logger: silentLogger });
  const found: ManyProcesses[] = [];
  // The first round makes what is made once.
  for (let round = 0; round <= rounds; round++) {
    held = new Promise((settle) => {
      release = settle;
    });
    const before = await heap();
    const start = performance.now();
    const calls = Array.from({ length: processes }, (_, id) => graph.call('a', { id }, { timeoutMs: 600_000 }));
    const startMs = performance.now() - start;
    if (graph.processes.size !== processes) throw new Error(`${graph.processes.size} processes: wanted ${processes}`);
    const during = await heap();
    const end = performance.now();
    release();
    await Promise.all(calls);
    const endMs = performance.now() - end;
    calls.length = 0;
    const after = await heap();
    if (round > 0)
      found.push({ processes, startMs, endMs, bytesEach: (during - before) / processes, left: after / before });
  }
  await graph.close({ graceMs: 0 });
  console.log('\nprocesses at once, each at the third of three nodes');
  console.log(
    table([
      ['processes', 'start ms', 'end ms', 'heap bytes each', 'heap afterwards'],
      ...found.map(({ startMs, endMs, bytesEach, left }) => [
        String(processes),
        startMs.toFixed(0),
        endMs.toFixed(0),
        bytesEach.toFixed(0),
        left.toFixed(3),
      ]),
    ]),
  );
  return found;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is in use once garbage is gone. */
async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((settle) => setTimeout(settle, 20));
    collect();
  }
  return process.memoryUsage().heapUsed;
}
