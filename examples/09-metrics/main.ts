// One recorder: what a server did, in the names that Prometheus dashboards know, scraped over HTTP.
import { Code, connect, createServer, StatusError } from 'flowrpc';
import { createRegistry, metrics, metricsServer, watchConnections } from 'flowrpc/interceptors';
import { Greeter } from '../gen/greeter.js';

const registry = createRegistry();
const server = createServer({ interceptors: [metrics({ registry })] }).add(Greeter, {
  sayHello: ({ name }) => {
    if (name === '') throw new StatusError(Code.INVALID_ARGUMENT, 'Who?');
    return { message: `Hello, ${name}` };
  },
  *count({ to }) {
    for (let n = 1; n <= to; n++) yield { n };
  },
});
watchConnections(registry, server);
const { address } = await server.listen('127.0.0.1:0');
const scraped = await metricsServer({ registry, address: '127.0.0.1:0' });

const channel = connect(address);
const greeter = channel.client(Greeter);
await greeter.sayHello({ name: 'Ada' });
await greeter.sayHello({}).status;
for await (const _ of greeter.count({ to: 3 }));
await channel.call('/made.up/Method', new Uint8Array()).status;

const text = await (await fetch(`http://${scraped.address}/metrics`)).text();
const wanted = /^(grpc_server_(handled|msg_sent)_total|grpc_server_handling_seconds_count|network_connections_active)/;
console.log(
  text
    .split('\n')
    .filter((line) => wanted.test(line))
    .join('\n'),
);

await channel.close();
await server.close();
await scraped.close();
