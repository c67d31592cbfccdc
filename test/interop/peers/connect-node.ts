import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFileRegistry, type DescService, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient, type HandlerContext } from '@connectrpc/connect';
import { connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node';
import { encodeFileSet, loadFiles } from '../../../src/wire/index.ts';
import { answer, failMessage, type Kind, type Message, type Peer, protoFile, sum } from './peer.ts';

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, encodeFileSet(await loadFiles(protoFile))));
const service = registry.getService('interop.Peer') as DescService;

export const connectNode: Peer = {
  name: 'connect-node',
  async serve() {
    const waited: string[] = [];
    const begin = ({ requestHeader, responseHeader, responseTrailer }: HandlerContext): void => {
      const echo = requestHeader.get('x-echo');
      const echoBin = requestHeader.get('x-echo-bin');
      if (echo !== null) responseHeader.set('x-echo', echo);
      if (echoBin !== null) responseTrailer.set('x-echo-bin', echoBin);
    };
    const reply = async (message: Message, { signal }: HandlerContext): Promise<Message> => {
      const result = answer(message);
      if (result === 'fail') throw new ConnectError(failMessage, Code.NotFound);
      if (result !== 'wait') return result;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      waited.push('cancelled');
      throw signal.reason;
    };
    const handler = connectNodeAdapter({
      routes: (router) =>
        router.service(service, {
          async unary(message: Message, context: HandlerContext) {
            begin(context);
            return reply(message, context);
          },
          async *serverStream(message: Message, context: HandlerContext) {
            begin(context);
            for (let i = 0; i < 3; i++) yield await reply(message, context);
          },
          async clientStream(messages: AsyncIterable<Message>, context: HandlerContext) {
            begin(context);
            const all: Message[] = [];
            for await (const message of messages) all.push(await reply(message, context));
            return sum(all);
          },
          async *bidi(messages: AsyncIterable<Message>, context: HandlerContext) {
            begin(context);
            for await (const message of messages) yield await reply(message, context);
          },
        } as never),
    });
    const server = createServer(handler);
    const sessions = new Set<{ destroy(): void }>();
    server.on('session', (session) => sessions.add(session));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = async (): Promise<void> => {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
    return { port: (server.address() as AddressInfo).port, waited, close };
  },
  connect(port) {
    const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}`, acceptCompression: [] });
    const client = createClient(service, transport) as unknown as Record<
      Kind,
      (input: unknown, options: object) => Promise<Message> & AsyncIterable<Message>
    >;
    return {
      async call({ kind, requests, echo = [], echoBin, timeoutMs, cancelAfterMs }) {
        const headers = new Headers();
        for (const value of echo) headers.append('x-echo', value);
        if (echoBin !== undefined) headers.set('x-echo-bin', Buffer.from(echoBin).toString('base64'));
        const abort = new AbortController();
        if (cancelAfterMs !== undefined) void sleep(cancelAfterMs).then(() => abort.abort());
        const outcome = {
          replies: [] as Message[],
          code: 0,
          message: '',
          header: [] as string[],
          trailer: [] as Uint8Array[],
        };
        const takeHeader = (received: Headers): void => {
          outcome.header = received.get('x-echo')?.split(', ') ?? [];
        };
        const takeTrailer = (received: Headers): void => {
          const value = received.get('x-echo-bin');
          outcome.trailer = value === null ? [] : [Buffer.from(value, 'base64')];
        };
        const input = kind === 'clientStream' || kind === 'bidi' ? stream(requests) : requests[0];
        try {
          const call = client[kind](input, {
            headers,
            timeoutMs,
            signal: abort.signal,
            onHeader: takeHeader,
            onTrailer: takeTrailer,
          });
          if (kind === 'unary' || kind === 'clientStream') outcome.replies.push(await call);
          else for await (const message of call) outcome.replies.push(message);
        } catch (error) {
          const failure = ConnectError.from(error);
          outcome.code = failure.code;
          outcome.message = failure.rawMessage;
          takeTrailer(failure.metadata);
        }
        return outcome;
      },
      close: async () => {},
    };
  },
};

async function* stream(messages: readonly Message[]): AsyncGenerator<Message> {
  yield* messages;
}
