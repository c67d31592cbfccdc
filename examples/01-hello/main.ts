// A server, a client, one call: header, trailer and status hang off the call, which is also a promise.
import { Code, connect, createServer, StatusError } from 'flowrpc';
import { health, reflection } from 'flowrpc/services';
import { Greeter } from '../gen/greeter.js';

const server = createServer()
  .add(Greeter, {
    sayHello: ({ name }, ctx) => {
      if (name === '') throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot greet nobody: name is empty');
      ctx.trailer.set('x-greeted', name);
      return { message: `Hello, ${name}` };
    },
  })
  .add(health())
  .add(reflection());
const { address } = await server.listen('127.0.0.1:0');

await using channel = connect(address);
const greeter = channel.client(Greeter);

const { message } = await greeter.sayHello({ name: 'Ada' });
console.log(message);

const call = greeter.sayHello({ name: 'Grace' }, { timeoutMs: 2_000 });
console.log((await call).message, '| trailer:', (await call.trailer).get('x-greeted'));

try {
  await greeter.sayHello({ name: '' });
} catch (error) {
  if (error instanceof StatusError) console.log(error.message);
}

await channel.close();
await server.close();
