// A node kind of your own: typed fields, ports, an instance with state. It works in graphs, and as a gRPC service by itself.
import { createGraph, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { z } from 'zod';

const quota = defineKind({
  kind: 'quota',
  spec: z.object({ calls: z.number().int().positive() }),
  outputs: ['out', 'rejected'],
  setup({ calls }) {
    let left = calls;
    return {
      process: async (packet, { send }) => (await send(left-- > 0 ? 'out' : 'rejected', packet)).reply,
    };
  },
});

const greet = defineKind({
  kind: 'greet',
  setup: () => oneToOne(({ name }: { name: string }) => `Hello, ${name}`),
});

const { specs, problems } = readSpecs([
  {
    kind: 'quota',
    name: 'door',
    calls: 2,
    ports: { out: [{ name: 'greet', port: 'in' }], rejected: [{ name: 'sorry', port: 'in' }] },
  },
  { kind: 'greet', name: 'greet' },
  { kind: 'snippet', name: 'sorry', language: 'text', code: 'Come back tomorrow' },
]);
await using graph = await createGraph({ specs, problems, kinds: createKinds(quota, greet) });

for (const name of ['Ada', 'Grace', 'Linus']) console.log(await graph.call('door', { name }));
