import * as grpc from '@grpc/grpc-js';
import { connect, createServer, type Interceptor, loadServices, type Service, silentLogger } from 'flowrpc';
import { createChannel, createClient, createServer as createNiceServer } from 'nice-grpc';
import protobuf from 'protobufjs';
import { echoProto } from './from-here.ts';

/** What every contender sends and echoes. */
export interface Payload {
  body: Uint8Array;
  id: number;
}

/** A way to serve and call the same unary echo. Interceptors do nothing, on both sides. */
export interface Contender {
  serve(interceptors: number): Promise<number>;
  call(port: number, interceptors: number): Promise<(message: Payload) => Promise<Payload>>;
}

const protoFile = echoProto;
const deadlineMs = 30_000;
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

/** The method that all speak, with codecs as protobufjs generates them: the fastest that users of bare grpc-js have. */
export function echoDefinition(): grpc.ServiceDefinition {
  const type = new protobuf.Root().loadSync(protoFile).lookupType('bench.Payload');
  const serialize = (message: Payload): Buffer => type.encode(message).finish() as Buffer;
  const deserialize = (bytes: Buffer): Payload => type.decode(bytes) as unknown as Payload;
  return {
    unary: {
      path: '/bench.Echo/Unary',
      requestStream: false,
      responseStream: false,
      requestSerialize: serialize,
      requestDeserialize: deserialize,
      responseSerialize: serialize,
      responseDeserialize: deserialize,
    },
  };
}

const bare: Contender = {
  async serve() {
    const server = new grpc.Server();
    server.addService(echoDefinition(), {
      unary: (call: grpc.ServerUnaryCall<Payload, Payload>, callback: grpc.sendUnaryData<Payload>) =>
        callback(null, call.request),
    });
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  },
  async call(port) {
    const Client = grpc.makeGenericClientConstructor(echoDefinition(), 'Echo');
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    // The same metadata and deadline that flowrpc sends by itself.
    return (message) =>
      new Promise((resolve, reject) => {
        const metadata = new grpc.Metadata();
        metadata.set('traceparent', trace);
        client.unary!(
          message,
          metadata,
          { deadline: Date.now() + deadlineMs },
          (error: grpc.ServiceError | null, reply: Payload) => (error ? reject(error) : resolve(reply)),
        );
      });
  },
};

const pass: Interceptor = async function pass(call, next) {
  return next(call);
};

async function echoService(): Promise<Service> {
  return (await loadServices(protoFile))['bench.Echo']!;
}

const flowrpc: Contender = {
  async serve(interceptors) {
    const server = createServer({ interceptors: Array(interceptors).fill(pass), logger: silentLogger });
    server.add(await echoService(), { unary: (message: unknown) => message as object });
    return (await server.listen('127.0.0.1:0')).port;
  },
  async call(port, interceptors) {
    const channel = connect(`127.0.0.1:${port}`, { interceptors: Array(interceptors).fill(pass) });
    const client = channel.client(await echoService()) as unknown as { unary(message: Payload): Promise<Payload> };
    return (message) => client.unary(message);
  },
};

const nice: Contender = {
  async serve(interceptors) {
    let server = createNiceServer();
    for (let i = 0; i < interceptors; i++) {
      server = server.use(async function* middleware(call, context) {
        return yield* call.next(call.request, context);
      });
    }
    server.add(echoDefinition() as never, { unary: async (message: Payload) => message } as never);
    return server.listen('127.0.0.1:0');
  },
  async call(port) {
    const client = createClient(echoDefinition() as never, createChannel(`127.0.0.1:${port}`)) as unknown as {
      unary(message: Payload): Promise<Payload>;
    };
    return (message) => client.unary(message);
  },
};

export const contenders: Readonly<Record<string, Contender>> = { bare, control: bare, flowrpc, 'nice-grpc': nice };
