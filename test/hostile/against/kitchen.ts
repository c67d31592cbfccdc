import * as grpc from '@grpc/grpc-js';
import * as loader from '@grpc/proto-loader';
import { connect, loadServices, type Method, type Service } from 'flowrpc';

const file = 'shop/kitchen_sink.proto';
const includeDirs = ['test/wire/protos'];

/** What was read of an answer, as JSON, or the status of the call. */
export interface Cooked {
  readonly code: number | 'refused at once';
  readonly message: string;
  readonly json: string;
}

/** Calls a method of protobuf messages: with what is given or, without, with what the call before has answered. */
export type Cook = (port: number, message?: unknown) => Promise<Cooked>;

type Kitchen = Service<{ cook: Method<object, object, 'unary'> }>;

function json(message: unknown): string {
  return JSON.stringify(message, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

export async function ourCook(): Promise<Cook> {
  const services = await loadServices(file, { includeDirs });
  let last: object = {};
  return async (port, message = last) => {
    await using channel = connect(`127.0.0.1:${port}`);
    const call = channel.client(services['shop.Kitchen'] as Kitchen).cook(message as object);
    const status = await call.status;
    if (status.code === 0) last = await call;
    return { code: status.code, message: status.message, json: json(last) };
  };
}

/** As @grpc/proto-loader's own page has it, but for names, which are those of JavaScript. */
export function bareCook(): Cook {
  const options = {
    includeDirs: [...includeDirs, 'proto'],
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  };
  const { Cook: method } = loader.loadSync(file, options)['shop.Kitchen'] as grpc.ServiceDefinition;
  const { path, requestSerialize, responseDeserialize } = method as grpc.MethodDefinition<unknown, unknown>;
  let last: unknown = {};
  return (port, message = last) =>
    new Promise((resolve) => {
      const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      const deadline = Date.now() + 6_000;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, { deadline }, (error, reply) => {
        if (error === null) last = reply;
        client.close();
        resolve({ code: error?.code ?? 0, message: error?.details ?? '', json: json(last) });
      });
    });
}
