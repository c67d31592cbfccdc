// Connections as sessions: who is there, and what the server says to one or to all who have a stream open.
import { once } from 'node:events';
import { codeName, connect, createServer, key, streamHub } from 'flowrpc';
import { Greeter } from '../gen/greeter.js';

const user = key<string>('user');
const room = streamHub<{ message: string }>();

const server = createServer({ connection: { maxConnections: 1_000, maxConnectionsPerClient: 10 } }).add(Greeter, {
  chat: (requests, ctx) =>
    room.subscribe(ctx, requests, ({ name }, stream) => {
      stream.session?.set(user, name);
      stream.send({ message: `Welcome, ${name}` });
    }),
});
const { address } = await server.listen('127.0.0.1:0');
const { sessions } = server;
sessions.watch((event) => {
  if (event.type === 'connected') console.log('somebody connected');
});

async function enter(name: string) {
  const channel = connect(address, { userAgent: name });
  const leaving = new AbortController();
  const call = channel.client(Greeter).chat(
    (async function* () {
      yield { name };
      await once(leaving.signal, 'abort');
    })(),
  );
  const hear = async () => console.log(`${name} hears: ${(await call.next()).value?.message}`);
  await hear();
  return { hear, leave: () => leaving.abort(), call, close: () => channel.close() };
}

const [ada, bob] = [await enter('ada'), await enter('bob')];
console.log(`all: ${room.broadcast({ message: 'Tea is ready' })} took it`);
await ada.hear();
await bob.hear();
const bobs = sessions.list().find((session) => session.get(user) === 'bob');
console.log(`bob: ${room.send(bobs?.id ?? '', { message: 'Yours is green' })} took it`);
await bob.hear();
sessions.disconnectWhere((session) => session === bobs, { reason: 'closing time', graceMs: 0 });
const { code, message } = await bob.call.status;
console.log(`bob: ${codeName(code)}, ${message}`);
ada.leave();
console.log(`ada: ${codeName((await ada.call.status).code)}`);
await Promise.all([ada.close(), bob.close(), server.close()]);
