// A server of a user that ends as `closeOnSignal` says. Told by its arguments how long to settle, and its grace.
import { setTimeout as sleep } from 'node:timers/promises';
import { closeOnSignal, createServer, silentLogger } from 'flowrpc';
import { health } from 'flowrpc/services';
import { ProbeService } from '../suites/probe-service.ts';

const [settleMs, graceMs] = process.argv.slice(2).map(Number);
const server = createServer({ logger: silentLogger })
  .add(ProbeService, {
    unary: async ({ text, n }) => {
      await sleep(n);
      return { text, n };
    },
  })
  .add(health());
const { address } = await server.listen('127.0.0.1:0');
console.log(address);
const { cut } = await closeOnSignal(server, { settleMs, graceMs });
console.log(`cut ${cut.length}`);
// A handler that was cut may hold the process up by what it waits for.
process.exit(0);
