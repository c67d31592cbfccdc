// The three streaming kinds: async generators in, async iterables out, back-pressure both ways.
import { connect, createServer } from 'flowrpc';
import { Greeter } from '../gen/greeter.js';

const server = createServer().add(Greeter, {
  async *count({ to }) {
    for (let n = 1; n <= to; n++) yield { n };
  },
  async sum(tallies) {
    let n = 0;
    for await (const tally of tallies) n += tally.n;
    return { n };
  },
  async *chat(requests) {
    for await (const { name } of requests) yield { message: `Hello, ${name}` };
  },
});
const { address } = await server.listen('127.0.0.1:0');
const channel = connect(address);
const greeter = channel.client(Greeter);

for await (const { n } of greeter.count({ to: 3 })) console.log('count', n);

console.log('sum', (await greeter.sum([{ n: 1 }, { n: 2 }, { n: 39 }])).n);

async function* names() {
  yield { name: 'Ada' };
  yield { name: 'Grace' };
}
for await (const { message } of greeter.chat(names())) console.log('chat', message);

// Leaving the loop cancels the call: the handler's generator is told, and stops.
const endless = greeter.count({ to: 1_000_000_000 });
for await (const { n } of endless) if (n === 2) break;
console.log('left early:', (await endless.status).message);

await channel.close();
await server.close();
