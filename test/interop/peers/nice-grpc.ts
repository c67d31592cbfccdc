import { setTimeout as sleep } from 'node:timers/promises';
import type * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  type CallContext,
  ClientError,
  createChannel,
  createClient,
  createServer,
  Metadata,
  ServerError,
  Status,
} from 'nice-grpc';
import { answer, failMessage, type Kind, type Message, type Peer, protoFile, sum } from './peer.ts';

const loaded = loadSync(protoFile, { defaults: true })['interop.Peer'] as grpc.ServiceDefinition;
// nice-grpc takes method names as they are keyed.
const definition = Object.fromEntries(
  Object.entries(loaded).map(([name, method]) => [name[0]!.toLowerCase() + name.slice(1), method]),
);

export const niceGrpc: Peer = {
  name: 'nice-grpc',
  async serve() {
    const waited: string[] = [];
    const begin = ({ metadata, header, trailer }: CallContext): void => {
      for (const value of metadata.getAll('x-echo')) header.append('x-echo', value);
      for (const value of metadata.getAll('x-echo-bin')) trailer.append('x-echo-bin', value);
    };
    const reply = async (message: Message, { signal }: CallContext): Promise<Message> => {
      const result = answer(message);
      if (result === 'fail') throw new ServerError(Status.NOT_FOUND, failMessage);
      if (result !== 'wait') return result;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      waited.push('cancelled');
      throw signal.reason;
    };
    const server = createServer();
    server.add(
      definition as never,
      {
        async unary(message: Message, context: CallContext) {
          begin(context);
          return reply(message, context);
        },
        async *serverStream(message: Message, context: CallContext) {
          begin(context);
          for (let i = 0; i < 3; i++) yield await reply(message, context);
        },
        async clientStream(messages: AsyncIterable<Message>, context: CallContext) {
          begin(context);
          const all: Message[] = [];
          for await (const message of messages) all.push(await reply(message, context));
          return sum(all);
        },
        async *bidi(messages: AsyncIterable<Message>, context: CallContext) {
          begin(context);
          for await (const message of messages) yield await reply(message, context);
        },
      } as never,
    );
    const port = await server.listen('127.0.0.1:0');
    return { port, waited, close: async () => server.forceShutdown() };
  },
  connect(port) {
    const channel = createChannel(`127.0.0.1:${port}`);
    const client = createClient(definition as never, channel) as unknown as Record<
      Kind,
      (input: unknown, options: object) => Promise<Message> & AsyncIterable<Message>
    >;
    return {
      async call({ kind, requests, echo = [], echoBin, timeoutMs, cancelAfterMs }) {
        const metadata = new Metadata();
        for (const value of echo) metadata.append('x-echo', value);
        if (echoBin !== undefined) metadata.append('x-echo-bin', echoBin);
        // nice-grpc puts no deadline on the wire; its users abort, as its deadline middleware does.
        const limit = timeoutMs ?? cancelAfterMs;
        const abort = new AbortController();
        if (limit !== undefined) void sleep(limit).then(() => abort.abort());
        const outcome = {
          replies: [] as Message[],
          code: 0,
          message: '',
          header: [] as string[],
          trailer: [] as Uint8Array[],
        };
        const input = kind === 'clientStream' || kind === 'bidi' ? stream(requests) : requests[0];
        const call = () =>
          client[kind](input, {
            metadata,
            signal: abort.signal,
            onHeader: (header: Metadata) => (outcome.header = header.getAll('x-echo') as string[]),
            onTrailer: (trailer: Metadata) => (outcome.trailer = trailer.getAll('x-echo-bin') as Uint8Array[]),
          });
        try {
          if (kind === 'unary' || kind === 'clientStream') outcome.replies.push(await call());
          else for await (const message of call()) outcome.replies.push(message);
        } catch (error) {
          outcome.code =
            error instanceof ClientError
              ? error.code
              : timeoutMs !== undefined
                ? Status.DEADLINE_EXCEEDED
                : Status.CANCELLED;
          outcome.message = error instanceof ClientError ? error.details : String(error);
        }
        return outcome;
      },
      close: async () => channel.close(),
    };
  },
};

async function* stream(messages: readonly Message[]): AsyncGenerator<Message> {
  yield* messages;
}
