// Three services, one deadline: each hop sees what is left, the trace id, and the cancellation.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Channel, codeName, connect, createServer, remaining, type Server, StatusError, traceOf } from 'flowrpc';
import { Greeter } from '../gen/greeter.js';

const names = ['third', 'second', 'first'];
const left: number[] = [];
const told = new Map<string, Promise<string>>();
const traces = new Set<string>();
const servers: Server[] = [];
const channels: Channel[] = [];

/** A service that works for a moment, then calls the next one; the last works on and on. Nothing is passed by hand. */
async function hop(name: string, next?: Channel): Promise<Channel> {
  const server = createServer().add(Greeter, {
    async sayHello(request, ctx) {
      traces.add(traceOf(ctx).traceId);
      left.push(remaining(ctx.deadline));
      const end = new Promise<string>((tell) => ctx.signal.addEventListener('abort', () => tell('told to stop')));
      told.set(name, end);
      await sleep(next === undefined ? 60_000 : 20, undefined, { signal: ctx.signal });
      return next === undefined ? { message: 'done' } : next.client(Greeter).sayHello(request);
    },
  });
  servers.push(server);
  const channel = connect((await server.listen('127.0.0.1:0')).address);
  channels.unshift(channel);
  return channel;
}

let entry: Channel | undefined;
for (const name of names) entry = await hop(name, entry);
try {
  await entry!.client(Greeter).sayHello({ name: 'Ada' }, { timeoutMs: 1_500 });
} catch (error) {
  if (error instanceof StatusError) console.log('the caller gets', codeName(error.code));
}
for (const name of names.toReversed()) console.log(`${name} is ${await told.get(name)}`);
console.log('services reached:', left.length);
console.log('each has less time than the one before:', left[0]! > left[1]! && left[1]! > left[2]!);
console.log('trace ids seen:', traces.size);

for (const channel of channels) await channel.close();
await Promise.all(servers.map((server) => server.close({ graceMs: 100 })));
