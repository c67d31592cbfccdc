import { connect, createServer, silentLogger } from 'flowrpc';
import { replicaService } from './peers/replica-service.ts';

/*
 * A hop of a chain, `hop-process.ts [NEXT_PORT]`: hands calls of Get on. The last answers those without a delay, and holds the others until
 * they are cancelled; it tells when it began and when it saw the cancel.
 */

const now = (): number => performance.timeOrigin + performance.now();
const [next] = process.argv.slice(2);
const service = await replicaService();
const further = next === undefined ? undefined : connect(`127.0.0.1:${next}`).client(service);
const server = createServer({ logger: silentLogger }).add(service, {
  get: async (work, { signal }) => {
    if (further !== undefined) return await further.get(work);
    if (work.delayMs > 0) await held(signal);
    return { replica: 'last', n: 1, bulk: new Uint8Array() };
  },
});
const { port } = await server.listen('127.0.0.1:0');
process.on('disconnect', () => process.exit(0));
process.send?.({ port });

function held(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      process.send?.({ cancelledAt: now() });
      reject(signal.reason as Error);
    });
    process.send?.({ began: true });
  });
}
