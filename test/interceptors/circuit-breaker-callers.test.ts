import { connect as dial } from 'node:http2';
import {
  Code,
  connect,
  createServer,
  errorInfo,
  type HandlerContext,
  type Interceptor,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { circuitBreaker, deadline } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { aborted, timed } from '../suites/gate.ts';
import { outcome, run, start } from '../suites/kinds.ts';
import { echo, type Probe, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const wire = transports[2] as TestTransport;
const path = '/suite.Probe/Unary';

type Handler = (request: Probe, context: HandlerContext) => Probe | Promise<Probe>;

const stuck: Handler = async (request, { signal }) => {
  await aborted(signal);
  return request;
};

function exceeded(...details: ReturnType<typeof errorInfo>[]): Handler {
  return () => {
    throw new StatusError(Code.DEADLINE_EXCEEDED, 'Slow disk', { details });
  };
}

/** What a server's breaker makes of a few calls. */
async function judged(
  unary: Handler,
  {
    timeoutMs = 60_000,
    outside = [],
    inside = [],
  }: { timeoutMs?: number; outside?: Interceptor[]; inside?: Interceptor[] },
) {
  const breaker = circuitBreaker({ consecutiveFailures: 3 });
  const codes: Code[] = [];
  const watch: Interceptor = async function watch(call, next) {
    const status = await next(call);
    codes.push(status.code);
    return status;
  };
  await using probe = await setup(wire, {
    handlers: { ...echo, unary },
    ...onSide('server', ...outside, breaker, watch, ...inside),
  });
  for (let n = 0; n < 3; n++) {
    await run(probe.client, 'unary', { timeoutMs });
    await expect.poll(() => codes.length).toBe(n + 1);
  }
  return { state: breaker.state(path), codes: new Set(codes) };
}

test('circuitBreaker() on servers: a stranger who gives a method no time does not close it to others', async () => {
  const breaker = circuitBreaker({ consecutiveFailures: 3 });
  const codes: Code[] = [];
  const watch: Interceptor = async function watch(call, next) {
    const status = await next(call);
    codes.push(status.code);
    return status;
  };
  await using server = createServer({ logger: silentLogger, interceptors: [watch, breaker] }).add(ProbeService, {
    ...echo,
    unary: (request, context) => (request.text === '' ? stuck(request, context) : request),
  });
  const { address } = await server.listen('127.0.0.1:0');
  await using channel = connect(address);
  const message = ProbeService.methods.unary.request.encode({ text: '', n: 1 });
  const session = dial(`http://${address}`);
  const headers = {
    ':method': 'POST',
    ':path': path,
    te: 'trailers',
    'content-type': 'application/grpc',
    'grpc-timeout': '20m',
  };

  for (let n = 0; n < 5; n++) {
    const stream = session.request(headers);
    await new Promise<void>((resolve) => {
      stream.on('close', resolve).on('error', () => {});
      stream.resume().end(Buffer.from([0, 0, 0, 0, message.byteLength, ...message]));
    });
    await expect.poll(() => codes.length).toBe(n + 1);
  }
  const { status } = await run(channel.client(ProbeService), 'unary');
  session.destroy();

  expect(codes.slice(0, 5)).toEqual(Array(5).fill(Code.DEADLINE_EXCEEDED));
  expect(status.code).toBe(Code.OK);
  expect(breaker.state(path)).toBe('closed');
});

test('circuitBreaker() on servers: nor when deadline() keeps some of that time back, or refuses', timed, async () => {
  const reserved = await judged(stuck, { timeoutMs: 250, inside: [deadline({ reserveMs: 200 })] });
  const refused = await judged(stuck, { timeoutMs: 250, inside: [deadline({ minimumMs: 1_000 })] });
  const refusal = errorInfo({ reason: 'DEADLINE_EXCEEDED', domain: 'flowrpc', metadata: { minimumMs: '50' } });
  const passedOn = await judged(exceeded(refusal), {});

  const closed = { state: 'closed', codes: new Set([Code.DEADLINE_EXCEEDED]) };
  expect([reserved, refused, passedOn]).toEqual([closed, closed, closed]);
});

test('circuitBreaker() on servers: nor when a call that the handler makes keeps some of it back', timed, async () => {
  await using backend = await setup(wire, {
    handlers: { ...echo, unary: stuck },
    ...onSide('client', deadline({ reserveMs: 200 })),
  });

  const { state, codes } = await judged((request) => backend.client.unary(request), { timeoutMs: 250 });

  expect([state, [...codes]]).toEqual(['closed', [Code.DEADLINE_EXCEEDED]]);
});

test('circuitBreaker() on servers: what is slower than the server itself allows opens it', async () => {
  const inside = await judged(stuck, { inside: [deadline(10)] });
  const outside = await judged(stuck, { outside: [deadline(10)] });
  const handler = await judged(exceeded(), {});

  expect([inside.state, outside.state, handler.state]).toEqual(['open', 'open', 'open']);
});

test('circuitBreaker() on servers: a caller that goes away says nothing, whatever codes says', async () => {
  const breaker = circuitBreaker({ consecutiveFailures: 1, codes: [Code.CANCELLED] });
  let begun = 0;
  let ended = 0;
  const watch: Interceptor = async function watch(call, next) {
    const status = await next(call);
    ended += 1;
    return status;
  };
  await using probe = await setup(wire, {
    handlers: {
      ...echo,
      unary: (request: Probe, context: HandlerContext) => {
        begun += 1;
        return stuck(request, context);
      },
    },
    ...onSide('server', watch, breaker),
  });

  const call = start(probe.client, 'unary');
  const over = outcome(call);
  await expect.poll(() => begun).toBe(1);
  call.cancel();
  await over;
  await expect.poll(() => ended).toBe(1);

  expect(breaker.state(path)).toBe('closed');
});
