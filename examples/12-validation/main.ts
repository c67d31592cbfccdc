// Schemas of any Standard Schema library say what the messages of a service must be, those of streams too.
import { BadRequest, codeName, connect, createServer, findDetail, type Status } from 'flowrpc';
import { validation } from 'flowrpc/interceptors';
import { z } from 'zod';
import { Greeter } from '../gen/greeter.js';

const name = z
  .string()
  .trim()
  .regex(/^\p{L}*$/u, 'only letters, please')
  .min(2, 'at least two letters');

const check = validation(Greeter, {
  sayHello: { request: z.object({ name }) },
  count: { request: z.object({ to: z.number().max(1_000) }) },
  sum: { request: z.object({ n: z.number().nonnegative('not below zero') }) },
});

const server = createServer({ interceptors: [check] }).add(Greeter, {
  sayHello: (request) => ({ message: `Hello, ${request.name}` }),
  sum: async (tallies) => {
    let sum = 0;
    for await (const { n } of tallies) {
      console.log(`the handler got ${n}`);
      sum += n;
    }
    return { n: sum };
  },
});
const { address } = await server.listen('127.0.0.1:0');
const channel = connect(address);
const greeter = channel.client(Greeter);

function report({ code, message, details }: Status): void {
  console.log(codeName(code), message);
  for (const { field, description } of findDetail(details, BadRequest)?.fieldViolations ?? [])
    console.log(`  ${field}: ${description}`);
}

console.log((await greeter.sayHello({ name: '  Ada ' })).message);
report(await greeter.sayHello({ name: '1' }).status);
report(await greeter.sum([{ n: 1 }, { n: 2 }, { n: -3 }]).status);

await channel.close();
await server.close();
