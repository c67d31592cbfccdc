import { Code, type Interceptor, StatusError, silentLogger } from 'flowrpc';
import { pair } from 'flowrpc/testing';
import { expect, test } from 'vitest';
import { Greeter } from '../../examples/gen/greeter.ts';

const transports = ['in-process', 'socket'] as const;

test.each(transports)('pair() gives a client whose calls reach the handlers over %s', async (transport) => {
  await using greeter = await pair(Greeter, { sayHello: ({ name }) => ({ message: `Hello, ${name}` }) }, { transport });

  const reply = await greeter.client.sayHello({ name: 'Ada' });

  expect(reply).toEqual({ message: 'Hello, Ada' });
});

test.each(transports)('pair() passes options on to server, service and channel over %s', async (transport) => {
  const seen: string[] = [];
  const note = (name: string): { interceptors: Interceptor[] } => ({
    interceptors: [
      (call, next) => {
        seen.push(name);
        return next(call);
      },
    ],
  });
  const options = { transport, server: note('server'), service: note('service'), channel: note('channel') } as const;
  await using greeter = await pair(Greeter, { sayHello: () => ({}) }, options);

  await greeter.client.sayHello({});

  expect(seen).toEqual(['channel', 'server', 'service']);
});

test.each(transports)('pair() peers are named by the transport %s', async (transport) => {
  await using greeter = await pair(
    Greeter,
    { sayHello: (_request, ctx) => ({ message: ctx.peer.address.replace(/\d+$/, 'PORT') }) },
    { transport },
  );

  const { message } = await greeter.client.sayHello({});

  expect(message).toBe(transport === 'socket' ? '127.0.0.1:PORT' : 'in-process');
});

test.each(transports)('pair.close() ends calls under way over %s', async (transport) => {
  let started!: (signal: AbortSignal) => void;
  const running = new Promise<AbortSignal>((resolve) => {
    started = resolve;
  });
  const greeter = await pair(
    Greeter,
    {
      sayHello: (_request, ctx) => {
        started(ctx.signal);
        return new Promise(() => {});
      },
    },
    { transport, server: { logger: silentLogger } },
  );
  const call = greeter.client.sayHello({});
  const signal = await running;

  await greeter.close();

  expect((await call.status).code).toBe(Code.CANCELLED);
  expect(signal.aborted).toBe(true);
  expect(() => greeter.client.sayHello({})).toThrow('the channel was closed');
});

test('pair() keeps statuses, header and trailer as a socket does', async () => {
  await using greeter = await pair(Greeter, {
    sayHello: (_request, ctx) => {
      ctx.header.set('x-a', '1');
      ctx.trailer.set('x-b', '2');
      throw new StatusError(Code.NOT_FOUND, 'Nobody is here');
    },
  });

  const call = greeter.client.sayHello({});

  expect(await call.status).toMatchObject({ code: Code.NOT_FOUND, message: 'Nobody is here', origin: 'peer' });
  expect((await call.header).get('x-a')).toBe('1');
  expect((await call.trailer).get('x-b')).toBe('2');
});

test('pair() refuses an unknown option and an unknown transport', async () => {
  // @ts-expect-error: there is no such option
  await expect(pair(Greeter, {}, { transprot: 'socket' })).rejects.toThrow('did you mean "transport"?');
  // @ts-expect-error: there is no such transport
  await expect(pair(Greeter, {}, { transport: 'tcp' })).rejects.toThrow('wanted "in-process" or "socket"');
  await expect(pair(Greeter, {}, { channel: { tls: true } })).rejects.toThrow('"tls"');
});
