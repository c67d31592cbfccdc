import {
  type CallOptions,
  type Client,
  Code,
  type ErrorCode,
  type HandlerContext,
  type Handlers,
  type Interceptor,
  type Invoke,
  key,
  Metadata,
  type Server,
  type Status,
  StatusError,
  statusFrom,
} from 'flowrpc';
import { expect, test } from 'vitest';
import { type Probe, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';

// What must not compile: `tsc -p test/tsconfig.json` fails when one of these lines does. Nothing here runs.
function refused(client: Client<ProbeMethods>, server: Server, context: HandlerContext): unknown[] {
  // @ts-expect-error an interceptor that forgets to return the status
  const forgotten: Interceptor = async (call, next) => {
    await next(call);
  };
  // @ts-expect-error an interceptor that does not wait for the status and returns nothing
  const floating: Interceptor = (call, next) => {
    void next(call);
  };
  // @ts-expect-error an interceptor that returns a bare code
  const bare: Interceptor = async () => ({ code: Code.OK });
  const reply: Interceptor = async (call, next) => {
    // @ts-expect-error next takes a call, not a request
    await next(call.request);
    return next(call);
  };
  const invoke: Invoke = async (call) => {
    // @ts-expect-error a call is never changed
    call.deadline = 0;
    // @ts-expect-error what the caller sent is never changed, withMetadata() copies it
    call.metadata.set('x-a', '1');
    return statusFrom(Code.OK);
  };

  // @ts-expect-error OK is no error code
  const ok: ErrorCode = Code.OK;
  // @ts-expect-error OK cannot be thrown
  const error = new StatusError(Code.OK, 'fine');
  // @ts-expect-error 17 is no code
  const status = statusFrom(17);
  // @ts-expect-error a message is text
  const message = new StatusError(Code.INTERNAL, new Error('x'));

  // @ts-expect-error a request of another type
  const request = client.unary({ text: 1 });
  // @ts-expect-error a field that the message does not have
  const field = client.unary({ text: '', n: 1, extra: true });
  // @ts-expect-error one message where a stream is wanted
  const single = client.clientStream({ text: '', n: 1 });
  // @ts-expect-error a stream where one message is wanted
  const stream = client.unary([{ text: '', n: 1 }]);
  // @ts-expect-error a method that the service does not have
  const method = client.sayHello;
  // @ts-expect-error a stream call is no promise
  const awaited: Promise<Probe> = client.serverStream({ text: '', n: 1 });
  // @ts-expect-error a unary call is not iterated
  const iterated: AsyncIterable<Probe> = client.unary({ text: '', n: 1 });
  // @ts-expect-error a response of another type
  const response: Promise<{ count: number }> = client.unary({ text: '', n: 1 });
  // @ts-expect-error null is no option, absent means default
  const options: CallOptions = { timeoutMs: null };
  // @ts-expect-error an unknown option
  const unknownOption = client.unary({ text: '', n: 1 }, { timeout: 5 });

  // @ts-expect-error a handler that gives another type
  const wrongReply: Handlers<ProbeMethods> = { unary: () => ({ text: 5 }) };
  // @ts-expect-error a handler that gives one message where a stream is wanted
  const wrongKind: Handlers<ProbeMethods> = { serverStream: async () => ({ text: '', n: 1 }) };
  // @ts-expect-error a handler for a method that the service does not have
  const wrongName: Handlers<ProbeMethods> = { sayHello: () => ({ text: '', n: 1 }) };
  // @ts-expect-error a handler that forgets its message
  const nothing: Handlers<ProbeMethods> = { unary: () => {} };
  server.add(ProbeService, {
    // @ts-expect-error the request has no such field
    unary: ({ name }) => ({ text: name, n: 1 }),
  });
  // @ts-expect-error handlers are wanted with a service
  server.add(ProbeService);

  // @ts-expect-error a -bin key holds bytes
  context.header.set('x-data-bin', 'text');
  // @ts-expect-error a plain key holds text
  context.trailer.set('x-data', new Uint8Array());
  // @ts-expect-error the value of a -bin key is no text
  const text: string | undefined = new Metadata().get('x-data-bin');
  // @ts-expect-error a number is no metadata value
  const pairs = new Metadata({ 'x-count': 5 });
  // @ts-expect-error the header is filled, not replaced
  context.header = new Metadata();

  const id = key<number>('id');
  // @ts-expect-error the key says what its value is
  const value: string | undefined = context.get(id);

  return [
    forgotten,
    floating,
    bare,
    reply,
    invoke,
    ok,
    error,
    status,
    message,
    request,
    field,
    single,
    stream,
    method,
    awaited,
    iterated,
    response,
    options,
    unknownOption,
    wrongReply,
    wrongKind,
    wrongName,
    nothing,
    text,
    pairs,
    value,
  ];
}

// What must compile, as people write it.
async function accepted(client: Client<ProbeMethods>, server: Server): Promise<readonly unknown[]> {
  const timing: Interceptor = async function timing(call, next) {
    const status: Status = await next(call);
    return status;
  };
  const retried: Interceptor = (call, next) => next(call.replayable(1_000));
  server.add(ProbeService, { unary: ({ text }) => ({ text, n: 1 }) }, { interceptors: [timing, retried] });
  const { text }: Probe = await client.unary({ text: 'a', n: 1 });
  const bytes: Uint8Array | undefined = new Metadata().get('x-data-bin');
  for await (const { n } of client.bidi([{ text: '', n: 1 }])) return [n, text, bytes];
  return [];
}

test('the type tests are checked by the compiler', () => {
  expect([refused, accepted]).toHaveLength(2);
});
