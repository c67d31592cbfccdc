// One interceptor shape for both sides and all four kinds; what `next` returns is how the call ended.
import { Code, codeName, connect, createServer, type Interceptor, key, StatusError } from 'flowrpc';
import { auth, bearer, bearerToken } from 'flowrpc/interceptors';
import { Greeter } from '../gen/greeter.js';

function report(side: string): Interceptor {
  return async function report(call, next) {
    let messages = 0;
    const counted = call.mapResponses((message) => {
      messages += 1;
      return message;
    });
    const status = await next(counted);
    console.log(`${side}: ${call.method.name} ended with ${codeName(status.code)} after ${messages} messages`);
    return status;
  };
}

const user = key<string>('user');
const verify = auth(
  (context) => {
    if (bearer(context) !== 'secret') throw new StatusError(Code.UNAUTHENTICATED, 'Bad token');
    return 'ada';
  },
  { as: user },
);

const server = createServer({ interceptors: [report('server'), verify] }).add(Greeter, {
  sayHello: (_request, ctx) => ({ message: `Hello, ${ctx.get(user)}` }),
  *count({ to }) {
    for (let n = 1; n <= to; n++) yield { n };
  },
});
const { address } = await server.listen('127.0.0.1:0');

const channel = connect(address, { interceptors: [report('client'), bearerToken('secret')] });
const greeter = channel.client(Greeter);
console.log((await greeter.sayHello({})).message);
const numbers: number[] = [];
for await (const { n } of greeter.count({ to: 2 })) numbers.push(n);
console.log(numbers);

const stranger = connect(address);
console.log((await stranger.client(Greeter).sayHello({}).status).message);

await Promise.all([channel.close(), stranger.close()]);
await server.close();
