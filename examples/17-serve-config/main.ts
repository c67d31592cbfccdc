// A graph served with keys, a policy, limits, metrics and logs around every node, by a config file and no code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { connect, StatusError } from 'flowrpc';
import { apiKey } from 'flowrpc/interceptors';
import { reflectionClient } from 'flowrpc/services';

const here = (name: string) => new URL(name, import.meta.url).pathname;
const node = ['--import', 'tsx', '--conditions=@flowrpc/source', here('../../src/cli/main.ts')];
const args = ['serve', here('graph.yaml'), '--config', here('flowrpc.yaml'), '--json'];
const serve = spawn(process.execPath, [...node, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
const lines: string[] = [];
createInterface({ input: serve.stderr }).on('line', (line) => lines.push(line));
const [line] = (await once(createInterface({ input: serve.stdout }), 'line')) as [string];
const [address] = JSON.parse(line).addresses;

async function greet(name: string, key?: string): Promise<void> {
  await using channel = connect(address, { interceptors: key ? [apiKey(key, { plaintext: true })] : [] });
  const greeter = channel.client(await reflectionClient(channel).service('default.greet'));
  try {
    const reply = await greeter.in!({ kind: { case: 'stringValue', value: name } } as never);
    console.log(JSON.stringify(reply));
  } catch (error) {
    console.log(error instanceof StatusError ? error.message : error);
  }
}
await greet('Ada', 'demo_ada_0123456789abcdefghijklmnop');
await greet('Bob', 'demo_bob_0123456789abcdefghijklmnop');
await greet('nobody');

const url = lines.find((text) => text.startsWith('metrics on'))?.slice('metrics on '.length);
const metrics = await (await fetch(`http://${url}`)).text();
console.log(/^grpc_server_handled_total.*PermissionDenied.*$/m.exec(metrics)?.[0]);
console.log(/^flowrpc_node_calls_total.*shout.*$/m.exec(metrics)?.[0]);

serve.kill('SIGTERM');
await once(serve, 'exit');
for (const text of lines.filter((each) => each.includes('/default.greet/In'))) {
  const { level, method, code, requestId } = JSON.parse(text);
  console.log(level, method, code, requestId.length);
}
