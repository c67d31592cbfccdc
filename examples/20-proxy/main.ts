// A kind of your own, from registration to both ways of running it: load and call, and listening to a store until it is closed.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, createServer as createGrpcServer } from 'flowrpc';
import { createKinds } from 'flowrpc/nodes';
import { createRuntime } from 'flowrpc/runtime';
import { reflection, reflectionClient } from 'flowrpc/services';
import { memoryStore } from 'flowrpc/stores';
import { proxy } from './proxy.ts';

const backends = ['one', 'two'].map((name) =>
  createServer((request, response) => response.end(`${name} ${request.url}`)).listen(0, '127.0.0.1'),
);
await Promise.all(backends.map((backend) => once(backend, 'listening')));
const urls = backends.map((backend) => `http://127.0.0.1:${(backend.address() as AddressInfo).port}`);

const kinds = createKinds(proxy);
const hooks = [{ load: ({ service }: { service: string }) => console.log(`loaded ${service}`) }];
const specs = memoryStore();
await specs.put({ kind: 'proxy', name: 'proxy', urls });

// The simple way: load what is in the store, and call it.
const simple = await createRuntime({ kinds, specs, hooks });
await simple.load({ name: 'proxy' });
console.log(await simple.call('proxy', { path: '/a' }));
console.log(await simple.call('proxy', { path: '/b' }));
await simple.close();

// The persistent way: serve it, and follow the store until SIGINT or SIGTERM.
const server = createGrpcServer().add(reflection());
const runtime = await createRuntime({ kinds, specs, hooks, server });
const stop = (): void => void runtime.close().then(() => server.close());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
// First what is there, so that the server opens with its nodes.
await runtime.load();
const listening = runtime.listen();
const { address } = await server.listen('127.0.0.1:0');

const channel = connect(address);
const services = await reflectionClient(channel).list();
console.log(services.filter((name) => name.startsWith('default.')));
await channel.close();

process.kill(process.pid, 'SIGTERM');
await listening;
for (const backend of backends) backend.close();
