// A service tested without a socket: the in-process transport keeps statuses, metadata and deadlines as they are.
import { Code, connect, createServer, inProcess } from 'flowrpc';
import { expect, test } from 'vitest';
import { Greeter } from '../gen/greeter.js';

function greeter() {
  const server = createServer().add(Greeter, {
    sayHello: async ({ name }, ctx) => {
      if (name === 'slow') await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
      return { message: `Hello, ${name}` };
    },
  });
  return connect(inProcess(server)).client(Greeter);
}

test('sayHello() greets by name', async () => {
  expect(await greeter().sayHello({ name: 'Ada' })).toEqual({ message: 'Hello, Ada' });
});

test('sayHello() ends with its deadline', async () => {
  const call = greeter().sayHello({ name: 'slow' }, { timeoutMs: 20 });

  expect(await call.status).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
});
