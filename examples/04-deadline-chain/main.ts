// Three services, one deadline: each hop sees what is left, the trace id, and the cancellation.
import { setTimeout as sleep } from 'node:timers/promises';
import { codeName, connect, createServer, type Server, StatusError, traceOf } from 'flowrpc';
import { Greeter } from '../gen/greeter.js';

const seen: string[] = [];
const traces = new Set<string>();
const servers: Server[] = [];

/** A service that works for 400 ms, then calls the next one; nothing is passed on by hand. */
async function hop(name: string, next?: string): Promise<string> {
  const server = createServer().add(Greeter, {
    async sayHello(request, ctx) {
      traces.add(traceOf(ctx).traceId);
      seen.push(`${name} starts with ${ctx.deadline - Date.now() > 700 ? 'more' : 'less'} than 700 ms`);
      ctx.signal.addEventListener('abort', () => seen.push(`${name} is told: ${ctx.signal.reason.kind}`));
      await sleep(400, undefined, { signal: ctx.signal });
      return next === undefined ? { message: 'done' } : connect(next).client(Greeter).sayHello(request);
    },
  });
  servers.push(server);
  return (await server.listen('127.0.0.1:0')).address;
}

const entry = await hop('first', await hop('second', await hop('third')));
const channel = connect(entry);
try {
  await channel.client(Greeter).sayHello({ name: 'Ada' }, { timeoutMs: 1_000 });
} catch (error) {
  if (error instanceof StatusError) console.log('the caller gets', codeName(error.code));
}
await sleep(50);
console.log(seen.filter((line) => line.includes('starts')).join('\n'));
console.log(
  seen
    .filter((line) => line.includes('told'))
    .toSorted()
    .join('\n'),
);
console.log('trace ids seen:', traces.size);

await channel.close();
await Promise.all(servers.map((server) => server.close({ graceMs: 100 })));
process.exit(0);
