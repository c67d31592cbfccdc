// Limits: so many calls a second, so many at once, no more than can be done. Who is too many hears when to come back.
import { Code, codeName, connect, createServer, only, type Status } from 'flowrpc';
import { concurrencyLimit, loadShed, rateLimit, retry } from 'flowrpc/interceptors';
import { Greeter } from '../gen/greeter.js';

const shed = loadShed();
const perUser = rateLimit({ perSecond: 1, burst: 2, key: { metadata: 'x-user' } });
const oneByOne = concurrencyLimit({ max: 1, queue: 1 });
let finish = (): void => {};
const finished = new Promise<void>((resolve) => (finish = resolve));

const server = createServer({
  interceptors: [shed, only('/examples.Greeter/SayHello', perUser), only('/examples.Greeter/Count', oneByOne)],
}).add(Greeter, {
  sayHello: ({ name }) => ({ message: `Hello, ${name}` }),
  async *count({ to }) {
    await finished;
    yield { n: to };
  },
});
const { address } = await server.listen('127.0.0.1:0');
const channel = connect(address);
const greeter = channel.client(Greeter);
const told = ({ code, trailer }: Status): string =>
  `${codeName(code)}${trailer.has('grpc-retry-pushback-ms') ? ', come back later' : ''}`;

const ada = { metadata: { 'x-user': 'ada' } };
for (let n = 1; n <= 3; n++)
  console.log(`ada, call ${n}: ${told(await greeter.sayHello({ name: 'Ada' }, ada).status)}`);
console.log(`bob: ${told(await greeter.sayHello({ name: 'Bob' }, { metadata: { 'x-user': 'bob' } }).status)}`);

const patient = connect(address, { interceptors: [retry({ codes: [Code.RESOURCE_EXHAUSTED], nonIdempotent: true })] });
console.log(`ada, with patience: ${(await patient.client(Greeter).sayHello({ name: 'Ada' }, ada)).message}`);

const counts = [1, 2, 3].map(async (to) => {
  for await (const { n } of greeter.count({ to })) console.log(`counted to ${n}`);
});
await counts[2]?.catch((error: unknown) => console.log(String(error)));
console.log(`${oneByOne.running} under way, ${oneByOne.waiting} waiting`);
finish();
await Promise.allSettled(counts);
console.log(`${shed.limit} allowed at once, refused so far:`, shed.shed);

await Promise.all([channel.close(), patient.close(), shed.close()]);
await server.close();
