import { setTimeout as sleep } from 'node:timers/promises';
import {
  Code,
  connect,
  createServer,
  ErrorInfo,
  errorInfo,
  findDetail,
  type HandlerContext,
  loadServices,
  type Metadata,
  type Service,
  StatusError,
  silentLogger,
} from 'flowrpc';
import {
  answer,
  failMessage,
  failReason,
  type Kind,
  type Message,
  type Outcome,
  type Peer,
  protoFile,
  sum,
} from './peer.ts';

const service = (await loadServices(protoFile))['interop.Peer'] as Service;

export const flowrpc: Peer = {
  name: 'flowrpc',
  async serve() {
    const waited: string[] = [];
    const begin = (context: HandlerContext): void => {
      for (const value of context.metadata.getAll('x-echo')) context.header.append('x-echo', value);
      for (const value of context.metadata.getAll('x-echo-bin')) context.trailer.append('x-echo-bin', value);
    };
    const reply = async (message: Message, { signal }: HandlerContext): Promise<Message> => {
      const result = answer(message);
      if (result === 'fail') {
        throw new StatusError(Code.NOT_FOUND, failMessage, {
          details: [errorInfo({ reason: failReason, domain: 'interop' })],
        });
      }
      if (result !== 'wait') return result;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      waited.push(signal.reason.kind);
      throw signal.reason;
    };
    const server = createServer({ logger: silentLogger }).add(service, {
      unary: (message: never, context: HandlerContext) => {
        begin(context);
        return reply(message, context);
      },
      async *serverStream(message: never, context: HandlerContext) {
        begin(context);
        for (let i = 0; i < 3; i++) yield await reply(message, context);
      },
      async clientStream(messages: AsyncIterable<never>, context: HandlerContext) {
        begin(context);
        const all: Message[] = [];
        for await (const message of messages) all.push(await reply(message, context));
        return sum(all);
      },
      async *bidi(messages: AsyncIterable<never>, context: HandlerContext) {
        begin(context);
        for await (const message of messages) yield await reply(message, context);
      },
    } as never);
    const { port } = await server.listen('127.0.0.1:0');
    return { port, waited, close: async () => void (await server.close({ graceMs: 0 })) };
  },
  connect(port) {
    const channel = connect(`127.0.0.1:${port}`);
    const client = channel.client(service) as unknown as Record<
      Kind,
      (input: unknown, options: object) => AsyncIterable<Message> & Promise<Message> & FlowCall
    >;
    return {
      async call({ kind, requests, echo = [], echoBin, timeoutMs, cancelAfterMs }) {
        const streams = kind === 'clientStream' || kind === 'bidi';
        const metadata = { 'x-echo': echo, 'x-echo-bin': echoBin };
        const call = client[kind](streams ? requests : requests[0], { metadata, timeoutMs });
        if (cancelAfterMs !== undefined) void sleep(cancelAfterMs).then(() => call.cancel());
        const replies: Message[] = [];
        try {
          if (kind === 'unary' || kind === 'clientStream') replies.push(await call);
          else for await (const message of call) replies.push(message);
        } catch {
          // The status says it.
        }
        const status = await call.status;
        const info = findDetail(status, ErrorInfo);
        return {
          replies,
          code: status.code,
          message: status.message,
          header: [...(await call.header).getAll('x-echo')],
          trailer: [...status.trailer.getAll('x-echo-bin')],
          reasons: info === undefined ? [] : [info.reason],
        } satisfies Outcome;
      },
      close: () => channel.close(),
    };
  },
};

interface FlowCall {
  readonly header: Promise<Metadata>;
  readonly status: Promise<import('flowrpc').Status>;
  cancel(): void;
}
