import * as grpc from '@grpc/grpc-js';

const identity = (bytes: Buffer): Buffer => bytes;

export function method(
  path: string,
  requestStream = false,
  responseStream = false,
): grpc.MethodDefinition<Buffer, Buffer> {
  return {
    path,
    requestStream,
    responseStream,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
}

/** A server of bare grpc-js, to show what an input does without our layer. */
export async function bareServer(handlers: {
  unary?: grpc.handleUnaryCall<Buffer, Buffer>;
  clientStream?: grpc.handleClientStreamingCall<Buffer, Buffer>;
}): Promise<{ port: number } & AsyncDisposable> {
  const server = new grpc.Server();
  const definition = { unary: method('/suite.Probe/Unary'), clientStream: method('/suite.Probe/ClientStream', true) };
  server.addService(definition, {
    unary: (call: { request: Buffer }, callback: grpc.sendUnaryData<Buffer>) => callback(null, call.request),
    ...handlers,
  } as grpc.UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, [Symbol.asyncDispose]: async () => server.forceShutdown() };
}

export interface BareOutcome {
  readonly code: number;
  readonly details: string;
}

/** A unary call of bare grpc-js. */
export class BareClient implements AsyncDisposable {
  readonly #client: grpc.Client;

  constructor(port: number, options: grpc.ChannelOptions = {}) {
    this.#client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  }

  call({
    body = Buffer.from('{"text":"a","n":1}'),
    deadlineMs = 5_000,
    metadata = new grpc.Metadata(),
  }: {
    body?: Buffer;
    deadlineMs?: number;
    metadata?: grpc.Metadata;
  } = {}): Promise<BareOutcome> {
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        '/suite.Probe/Unary',
        identity,
        identity,
        body,
        metadata,
        { deadline: Date.now() + deadlineMs },
        (error) => {
          resolve(error === null ? { code: 0, details: '' } : { code: error.code, details: error.details });
        },
      );
    });
  }

  /** Reads a stream of responses to its end, each of which takes a moment. */
  stream(): Promise<BareOutcome & { messages: number }> {
    const path = '/suite.Probe/ServerStream';
    const call = this.#client.makeServerStreamRequest(path, identity, identity, Buffer.from('{"text":"a","n":1}'));
    let messages = 0;
    call.on('data', () => {
      messages += 1;
      call.pause();
      setTimeout(() => call.resume(), 2);
    });
    return new Promise((resolve) => {
      call.on('error', () => {});
      call.on('status', ({ code, details }) => resolve({ code, details, messages }));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }
}
