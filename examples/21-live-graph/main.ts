// A graph that changes while it runs: a missing value holds it back, a new spec takes over, and who is asked never notices.
import { silentLogger } from 'flowrpc';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { createRuntime } from 'flowrpc/runtime';
import { memoryStore } from 'flowrpc/stores';

const greet = defineKind<{ greeting: string; token: string }>({
  kind: 'greet',
  fields: ['greeting', 'token'],
  setup: ({ greeting, token }) =>
    oneToOne((name) => `${greeting}, ${String(name)} (with a token of ${token.length} characters)`),
});

await using specs = memoryStore();
await using values = memoryStore();
await using runtime = await createRuntime({ specs, values, kinds: createKinds(greet), logger: silentLogger });
await runtime.watch();

const following = async <T>(what: string, put: Promise<T>): Promise<T> => {
  const change = new Promise<void>((resolve) => {
    const stop = runtime.graph.onChange(() => {
      stop();
      resolve();
    });
  });
  const result = await put;
  await change;
  const { status, reason = '' } = runtime.nodes[0]!;
  console.log(`${what}: ${status} ${reason}`.trimEnd());
  return result;
};

const spec = {
  kind: 'greet',
  name: 'greet',
  token: '{{ .TOKEN }}',
  env: { TOKEN: { name: 'api', data: '{{ .token }}' } },
};
const { document } = await following('put the spec', specs.put({ ...spec, greeting: 'Hello' }));
await following('put the value', values.put({ name: 'api', data: { token: 'sesame' } }));
console.log(await runtime.call('greet', 'Ada'));

await following('put another spec', specs.put({ ...document, greeting: 'Good evening' }));
console.log(await runtime.call('greet', 'Grace'));

await following('put a wrong one', specs.put({ ...document, greeting: 'Bye', port: 80 }));
console.log(`refused: ${runtime.nodes[0]?.refused}`);
console.log(await runtime.call('greet', 'Mary'));
