import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Code,
  connect,
  createServer,
  type HandlerContext,
  type Interceptor,
  Metadata,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { transcoder } from 'flowrpc/services';
import { expect, test } from 'vitest';
import { greeter } from '../nodes/greeter.ts';

const secret = 'postgres://user:hunter2@10.1.2.3/db';
const told = /hunter2|10\.1\.2\.3|ECONNREFUSED|node:|\.ts:/;
const boom = (): never => {
  throw Object.assign(new Error(`connect ECONNREFUSED ${secret}`), { code: 'ECONNREFUSED', statusMessage: secret });
};

type Handler = (request: unknown, context: Pick<HandlerContext, 'trailer'>) => unknown;

const ways: readonly (readonly [string, Handler])[] = [
  ['throws', boom],
  ['rejects', async () => boom()],
  [
    'throws what looks like an error of grpc-js',
    () => Promise.reject(Object.assign(new Error(secret), { code: 14, details: secret })),
  ],
  ['throws an AbortError', () => Promise.reject(new DOMException(secret, 'AbortError'))],
  ['throws several errors in one', () => Promise.reject(new AggregateError([new Error(secret)], secret))],
  [
    'throws a status with a cause',
    () => Promise.reject(new StatusError(Code.ABORTED, 'mine', { cause: new Error(secret) })),
  ],
  ['gives an object for a text', () => ({ message: { secret } })],
  ['gives a text for a number', () => ({ big: secret })],
  [
    'gives a message with a getter that throws',
    () => Object.defineProperty({}, 'message', { enumerable: true, get: boom }),
  ],
  ['gives a proxy that throws', () => new Proxy({}, { get: boom, has: boom, ownKeys: boom })],
  ['sets a trailer that cannot be sent', (_, { trailer }) => trailer.set('x-key', `é${secret}`)],
  ['fetches what is not there', () => fetch(`http://127.0.0.1:1/${secret}`)],
];

test.each(ways)(
  'a handler or interceptor that %s: nothing of it reaches callers, by gRPC or HTTP',
  async (_, handler) => {
    const service = await greeter();
    for (const where of ['handler', 'stream', 'interceptor'] as const) {
      const bad: Interceptor = async (call, next) => {
        if (where === 'interceptor') await handler({}, { trailer: new Metadata() });
        return next(call);
      };
      await using server = createServer({ logger: silentLogger, interceptors: [bad] }).add(service, {
        sayHello: handler as never,
        count: async function* (request: unknown, context: HandlerContext) {
          yield await handler(request, context);
        } as never,
      });
      await using channel = connect((await server.listen('127.0.0.1:0')).address);
      const client = channel.client(service) as unknown as Record<
        'sayHello' | 'count',
        (
          request: object,
          options: object,
        ) => {
          status: Promise<{ code: Code; message: string; details: unknown; trailer: Metadata }>;
        } & AsyncIterable<unknown>
      >;
      const http = createHttp(transcoder({ server, logger: silentLogger }).handle).listen(0, '127.0.0.1');
      await once(http, 'listening');

      const call =
        where === 'stream'
          ? client.count({ to: 1 }, { timeoutMs: 20_000 })
          : client.sayHello({}, { timeoutMs: 20_000 });
      if (where === 'stream')
        await (async () => {
          for await (const message of call) void message;
        })().catch(() => {});
      const status = await call.status;
      const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/${service.name}/${where === 'stream' ? 'Count' : 'SayHello'}`;
      const reply = await fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
      const said = [
        JSON.stringify([status.message, status.details, [...status.trailer]]),
        await reply.text(),
        JSON.stringify([...reply.headers]),
      ];
      http.close();
      http.closeAllConnections();

      if (where !== 'interceptor') expect(status.code).not.toBe(Code.OK);
      for (const text of said) expect(text).not.toMatch(told);
    }
  },
);
