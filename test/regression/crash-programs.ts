import * as grpc from '@grpc/grpc-js';
import type { Handlers } from 'flowrpc';
import { Code, connect, createServer, StatusError, silentLogger } from 'flowrpc';
import { echo, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';

/*
 * Programs that a child process runs: `crash-programs.ts NAME bare|ours`. Each makes a server or client meet an input that
 * kills a process; one that gets to its end exits with 0.
 */

const identity = (bytes: Buffer): Buffer => bytes;
const definition = (
  path: string,
  requestStream: boolean,
  responseStream: boolean,
): grpc.MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});
const service = {
  unary: definition('/suite.Probe/Unary', false, false),
  clientStream: definition('/suite.Probe/ClientStream', true, false),
};

async function bareServer(handlers: grpc.UntypedServiceImplementation): Promise<number> {
  const server = new grpc.Server();
  server.addService(service, handlers);
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

async function ourServer(handlers: Handlers<ProbeMethods>): Promise<number> {
  const server = createServer({ logger: silentLogger }).add(ProbeService, { ...echo, ...handlers });
  return (await server.listen('127.0.0.1:0')).port;
}

/** Calls the server in every way it offers, twice, and waits for each end. */
async function exercise(port: number): Promise<void> {
  const channel = connect(`127.0.0.1:${port}`);
  const client = channel.client(ProbeService);
  for (let round = 0; round < 2; round++) {
    await client.unary({ text: 'a', n: 1 }, { timeoutMs: 1_000 }).status;
    await client.clientStream([{ text: 'a', n: 1 }], { timeoutMs: 1_000 }).status;
  }
  await channel.close();
}

const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const programs: Record<string, { bare(): Promise<void>; ours(): Promise<void> }> = {
  'handler-rejects': {
    bare: async () =>
      exercise(
        await bareServer({
          unary: async () => {
            throw new Error('rejected');
          },
          clientStream: (_call: unknown, callback: (error: null, reply: Buffer) => void) =>
            callback(null, Buffer.from('{}')),
        }),
      ),
    ours: async () =>
      exercise(
        await ourServer({
          unary: async () => {
            throw new Error('rejected');
          },
          clientStream: async () => Promise.reject(undefined),
        }),
      ),
  },
  'throw-on-data': {
    bare: async () =>
      exercise(
        await bareServer({
          unary: (_call: unknown, callback: (error: null, reply: Buffer) => void) => callback(null, Buffer.from('{}')),
          clientStream: (call: grpc.ServerReadableStream<Buffer, Buffer>) => {
            call.on('data', () => {
              throw new Error('in data');
            });
          },
        }),
      ),
    ours: async () =>
      exercise(
        await ourServer({
          clientStream: async (requests) => {
            for await (const _ of requests) throw new Error('in the loop');
            return { text: '', n: 0 };
          },
        }),
      ),
  },
  'lone-surrogate': {
    bare: async () =>
      exercise(
        await bareServer({
          unary: async (_call: unknown, callback: (error: object) => void) => {
            await later();
            setImmediate(() => callback({ code: grpc.status.ABORTED, details: '\ud800' }));
          },
          clientStream: (_call: unknown, callback: (error: null, reply: Buffer) => void) =>
            callback(null, Buffer.from('{}')),
        }),
      ),
    ours: async () =>
      exercise(
        await ourServer({
          unary: async () => {
            await later();
            throw new StatusError(Code.ABORTED, '\ud800');
          },
        }),
      ),
  },
  'deadline-too-far': {
    bare: async () => {
      const port = await ourServer({});
      const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      await new Promise<void>((resolve) => {
        client.makeUnaryRequest(
          '/suite.Probe/Unary',
          identity,
          identity,
          Buffer.from('{"text":"","n":1}'),
          { deadline: new Date(8.64e15) },
          () => resolve(),
        );
      });
      client.close();
    },
    ours: async () => {
      const channel = connect(`127.0.0.1:${await ourServer({})}`);
      for (const deadline of [new Date(8.64e15), 1e30, Date.now() + 26 * 86_400_000, Number.POSITIVE_INFINITY]) {
        await channel.client(ProbeService).unary({ text: '', n: 1 }, { deadline });
      }
      await channel.close();
    },
  },
  'cancel-without-listener': {
    bare: async () => {
      const port = await ourServer({});
      const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      const call = client.makeBidiStreamRequest('/suite.Probe/Bidi', identity, identity, {});
      await later();
      call.cancel();
      await new Promise((resolve) => setTimeout(resolve, 200));
      client.close();
    },
    ours: async () => {
      const channel = connect(`127.0.0.1:${await ourServer({})}`);
      const call = channel.client(ProbeService).bidi([{ text: '', n: 1 }]);
      await later();
      call.cancel();
      channel.client(ProbeService).serverStream({ text: '', n: 1_000 }).cancel();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await channel.close();
    },
  },
};

const [name = '', side = ''] = process.argv.slice(2);
await programs[name]![side as 'bare' | 'ours']();
process.stdout.write('survived\n');
process.exit(0);
