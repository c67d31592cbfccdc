import { type Code, createServer, type HandlerContext, jsonLogger, type ListenOptions, StatusError } from 'flowrpc';
import { auth, jwt } from 'flowrpc/interceptors';
import { health, reflection } from 'flowrpc/services';
import { echo, type Probe, ProbeService } from '../../suites/probe-service.ts';
import { bulk, counted, failureOf, later } from './behaviour.ts';
import { GuardedService, trust } from './guarded.ts';
import type { VictimPorts } from './victim.ts';

/** Our server, as its defaults make it but for two limits that would take long to show. */
export async function ours(tls: ListenOptions['tls']): Promise<VictimPorts> {
  const server = createServer({
    logger: jsonLogger(),
    connection: { idleMs: 2_000, receiveTimeoutMs: 4_000 },
  });
  server.add(ProbeService, {
    ...echo,
    unary: behave,
    async clientStream(requests) {
      counted.started += 1;
      let n = 0;
      for await (const { text } of requests) {
        if (text === 'throws') throw new Error('in the loop');
        n += 1;
      }
      return { text: '', n };
    },
    async *serverStream({ text }) {
      for (let n = 0; n < 20_000; n++) {
        counted.produced += 1;
        yield { text, n, bulk: bulk() };
      }
    },
  });
  server.add(GuardedService, { unary: behave }, { interceptors: [auth(jwt(trust))] });
  server.add(health());
  for (const module of reflection({ visible: ({ name }) => name !== 'grpc.health.v1.Health' })) server.add(module);
  const { port } = await server.listen('127.0.0.1:0');
  return { port, tlsPort: tls === undefined ? 0 : (await server.listen('127.0.0.1:0', { tls })).port };
}

async function behave(request: Probe, { signal, trailer }: HandlerContext): Promise<Probe> {
  const { text } = request;
  if (text === 'neighbour') return request;
  counted.started += 1;
  signal.addEventListener('abort', () => (counted.cancelled += 1));
  if (text === 'hang')
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  if (text === 'slow') await later(60);
  if (text === 'throws-late')
    return new Promise((_resolve, reject) => setImmediate(() => reject(new Error('thrown late'))));
  if (text === 'rejects') return Promise.reject(undefined);
  if (text === 'no-message') return undefined as never;
  if (text === 'trailers-long') for (let n = 0; n < 50; n++) trailer.append(`x-${n}`, 'v'.repeat(4_000));
  if (text === 'surrogate-later') await later(5);
  const failure = failureOf(text);
  if (failure === undefined) return request;
  if (failure === null || failure instanceof Error) throw failure;
  const { code, details } = failure as { code: Code; details: string };
  throw new StatusError(code as Exclude<Code, typeof Code.OK>, details);
}
