// What somebody writes who has just installed flowrpc: every entry of it is loaded, a call goes over a socket, a graph runs.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('node_modules/flowrpc/', new URL(`file://${process.cwd()}/`));
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const entries = Object.keys(exports).flatMap((entry) => {
  if (entry === './interceptors/*')
    return readdirSync(new URL('dist/interceptors/', root))
      .filter((file) => file.endsWith('.js'))
      .map((file) => `flowrpc/interceptors/${file.slice(0, -3)}`);
  return /\*|\.json$/.test(entry) ? [] : [entry.replace(/^\./, 'flowrpc')];
});
const refused = [];
for (const entry of entries)
  await import(entry).catch((error) => refused.push(`${entry}: ${error.message.split(' imported from')[0]}`));

const { connect, createServer, loadServices } = await import('flowrpc');
const { createGraph, parseSpecs } = await import('flowrpc/graph');
writeFileSync(
  'greeter.proto',
  'syntax = "proto3"; package app; message Name { string name = 1; } service Greeter { rpc Greet(Name) returns (Name); }',
);
const services = await loadServices('greeter.proto');
const Greeter = services['app.Greeter'];
const server = createServer().add(Greeter, { greet: ({ name }) => ({ name: `Hello, ${name}` }) });
const specs = parseSpecs('kind: snippet\nname: upper\nlanguage: text\ncode: it runs\n', { file: 'graph.yaml' });
const graph = await createGraph({ ...specs, server });
const { address } = await server.listen('127.0.0.1:0');
const channel = connect(address);
const { name } = await channel.client(Greeter).greet({ name: 'Ada' });
const graphSaid = await graph.call('upper', null);
await channel.close();
await graph.close();
await server.close({ graceMs: 0 });
process.stdout.write(`${JSON.stringify({ entries: entries.length, refused, name, graphSaid })}\n`);
