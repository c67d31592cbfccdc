import { createGraph, readSpecs } from 'flowrpc/graph';
import { silentLogger } from 'flowrpc';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
const up = defineKind({ kind: 'inc', setup: () => oneToOne((n: number) => n + 1) });
const upa = defineKind({ kind: 'inca', setup: () => oneToOne(async (n: number) => n + 1) });
const hw = defineKind({ kind: 'hw', setup: () => ({ process: async (packet, { send }) => (await send('out', packet)).reply }) });
const chain = (kind: string) => ['a', 'b', 'c'].map((n, i) => ({ kind, name: kind + n, ...(i < 2 && { ports: { out: [{ name: kind + 'abc'[i + 1], port: 'in' }] } }) }));
const { specs } = readSpecs([...chain('inc'), ...chain('inca'), ...chain('hw')]);
const graph = await createGraph({ specs, kinds: createKinds(up, upa, hw), logger: silentLogger, limits: { packets: Infinity, fanOut: Infinity, bytes: Infinity } });
const only = process.argv[2];
for (const name of ['inca'.slice(0,3) + 'a', 'incaa', 'hwa']) { if (only && name !== only) continue;
  const out: number[] = [];
  for (let k = 0; k < 5; k++) { const n = 200_000; const t = performance.now(); for (let i = 0; i < n; i++) await graph.call(name, i); out.push(Math.round(n / (performance.now() - t))); }
  console.log(name, out.join(' '), 'K calls/s (3 nodes each)');
}
await graph.close();
