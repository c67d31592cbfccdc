import * as grpc from '@grpc/grpc-js';
import { createServer, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, oneToOne } from 'flowrpc/nodes';
import { contenders, echoDefinition, type Payload } from '../contenders.ts';

// chain.ts graph|bare [NEXT_PORT]: one hop of a chain, until its parent goes; tells its port. What a packet is told to wait for never comes:
// whoever holds it tells when it began and when it saw the cancel.
const [style = '', next] = process.argv.slice(2);
const port = await (style === 'bare' ? serveBare() : serveGraph());
process.send!({ port });
process.on('disconnect', () => process.exit(0));

async function serveGraph(): Promise<number> {
  const kinds = createKinds(
    defineKind({ kind: 'pass', setup: () => oneToOne((payload) => payload) }),
    defineKind({
      kind: 'wait',
      setup: () => ({
        process: (_packet, { signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              process.send!({ cancelled: performance.timeOrigin + performance.now() });
              reject(signal.reason);
            });
            process.send!({ began: true });
          }),
      }),
    }),
  );
  const to = (name: string): object =>
    next === undefined
      ? {}
      : { ports: { out: [{ target: `127.0.0.1:${next}`, name: `default.${name}`, port: 'in' }] } };
  const server = createServer({ logger: silentLogger });
  await createGraph({
    ...readSpecs([
      { kind: 'pass', name: 'hop', ...to('hop') },
      { kind: next === undefined ? 'wait' : 'pass', name: 'hold', ...to('hold') },
    ]),
    kinds,
    server,
    logger: silentLogger,
  });
  return (await server.listen('127.0.0.1:0')).port!;
}

async function serveBare(): Promise<number> {
  const forward = next === undefined ? undefined : await contenders.bare!.call(Number(next), 0);
  const server = new grpc.Server();
  server.addService(echoDefinition(), {
    unary: (call: grpc.ServerUnaryCall<Payload, Payload>, callback: grpc.sendUnaryData<Payload>) => {
      if (forward === undefined) callback(null, call.request);
      else forward(call.request).then((reply) => callback(null, reply), callback);
    },
  });
  return await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
}
