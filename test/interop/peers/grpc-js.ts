import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { encodeStatusDetails, errorInfo } from '../details.ts';
import { answer, failMessage, failReason, type Message, type Outcome, type Peer, protoFile, sum } from './peer.ts';

const definition = loadSync(protoFile, { defaults: true })['interop.Peer'] as grpc.ServiceDefinition;
type Call = grpc.ServerUnaryCall<Message, Message> &
  grpc.ServerWritableStream<Message, Message> &
  grpc.ServerReadableStream<Message, Message> &
  grpc.ServerDuplexStream<Message, Message>;

export const grpcJs: Peer = {
  name: 'grpc-js',
  async serve() {
    const waited: string[] = [];
    const begin = (call: Call): grpc.Metadata => {
      const header = new grpc.Metadata();
      const trailer = new grpc.Metadata();
      for (const value of call.metadata.get('x-echo')) header.add('x-echo', value);
      for (const value of call.metadata.get('x-echo-bin')) trailer.add('x-echo-bin', value);
      call.sendMetadata(header);
      return trailer;
    };
    const failure = (trailer: grpc.Metadata): grpc.ServerErrorResponse => {
      const details = [errorInfo({ reason: failReason, domain: 'interop' })];
      trailer.set(
        'grpc-status-details-bin',
        Buffer.from(encodeStatusDetails({ code: 5, message: failMessage, details })!),
      );
      return Object.assign(new Error(failMessage), {
        code: grpc.status.NOT_FOUND,
        details: failMessage,
        metadata: trailer,
      });
    };
    const wait = (call: Call): void => {
      call.on('cancelled', () => waited.push('cancelled'));
    };
    const server = new grpc.Server();
    const handlers: Record<string, (call: Call, callback: grpc.sendUnaryData<Message>) => void> = {
      Unary(call: Call, callback: grpc.sendUnaryData<Message>) {
        const trailer = begin(call);
        const reply = answer(call.request);
        if (reply === 'wait') return wait(call);
        if (reply === 'fail') callback(failure(trailer));
        else callback(null, reply, trailer);
      },
      ServerStream(call: Call) {
        const trailer = begin(call);
        const reply = answer(call.request);
        if (reply === 'wait') return wait(call);
        if (reply === 'fail') return call.emit('error', failure(trailer));
        for (let i = 0; i < 3; i++) call.write(reply);
        return call.end(trailer);
      },
      ClientStream(call: Call, callback: grpc.sendUnaryData<Message>) {
        const trailer = begin(call);
        const all: Message[] = [];
        call.on('data', (message: Message) => {
          const reply = answer(message);
          if (reply === 'wait') wait(call);
          else if (reply === 'fail') callback(failure(trailer));
          else all.push(reply);
        });
        call.on('end', () =>
          call.cancelled || waited.length > 0 ? undefined : all.length > 0 && callback(null, sum(all), trailer),
        );
      },
      Bidi(call: Call) {
        const trailer = begin(call);
        let open = true;
        call.on('data', (message: Message) => {
          const reply = answer(message);
          if (reply === 'wait') open = false;
          if (reply === 'wait') wait(call);
          else if (reply === 'fail') {
            open = false;
            call.emit('error', failure(trailer));
          } else call.write(reply);
        });
        call.on('end', () => open && call.end(trailer));
      },
    };
    server.addService(definition, handlers as unknown as grpc.UntypedServiceImplementation);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return { port, waited, close: async () => server.forceShutdown() };
  },
  connect(port) {
    const Client = grpc.makeGenericClientConstructor(definition, 'Peer');
    const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    return {
      call: ({ kind, requests, echo = [], echoBin, timeoutMs, cancelAfterMs }) =>
        new Promise((resolve) => {
          const metadata = new grpc.Metadata();
          for (const value of echo) metadata.add('x-echo', value);
          if (echoBin !== undefined) metadata.add('x-echo-bin', Buffer.from(echoBin));
          const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
          const replies: Message[] = [];
          let header: string[] = [];
          const onReply = (_error: unknown, reply?: Message): void => void (reply && replies.push(reply));
          const one = kind === 'unary' || kind === 'serverStream';
          const single = kind === 'unary' || kind === 'clientStream';
          const args = [...(one ? [requests[0]] : []), metadata, options, ...(single ? [onReply] : [])] as never[];
          const name = kind[0]!.toUpperCase() + kind.slice(1);
          const call = (
            client as unknown as Record<string, (...args: never[]) => grpc.ClientDuplexStream<Message, Message>>
          )[name]!(...args);
          call.on('metadata', (received: grpc.Metadata) => {
            header = received.get('x-echo').map(String);
          });
          if (!single) call.on('data', (reply: Message) => replies.push(reply)).on('error', () => {});
          call.on('status', ({ code, details, metadata: trailer }: grpc.StatusObject) => {
            const outcome: Outcome = {
              replies,
              code,
              message: details,
              header,
              trailer: trailer.get('x-echo-bin') as Buffer[],
            };
            setImmediate(() => resolve(outcome));
          });
          if (!one) {
            for (const request of requests) call.write(request);
            call.end();
          }
          if (cancelAfterMs !== undefined) setTimeout(() => call.cancel(), cancelAfterMs);
        }),
      close: async () => client.close(),
    };
  },
};
