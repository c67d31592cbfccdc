import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { Code, connect, createServer, type Handlers, type Interceptor, key, keyValue, StatusError } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { health } from 'flowrpc/services';
import { type Peer, type PeerClient, type Replica, Unavailable } from './peer.ts';
import { type ReplicaMethods, replicaService } from './replica-service.ts';

const triesKey = key<{ count: number }>('tries');
const graceMs = 10_000;
const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };

/** Stands behind `retry()`: what passes it is an attempt. */
const counting: Interceptor = async function counting(call, next) {
  const tries = call.get(triesKey);
  if (tries !== undefined) tries.count += 1;
  return await next(call);
};

function handlers(replica: Replica): Handlers<ReplicaMethods> {
  const told = (thrown: unknown): never => {
    throw thrown instanceof Unavailable ? new StatusError(Code.UNAVAILABLE, thrown.message) : thrown;
  };
  return {
    get: (work) => replica.get(work).catch(told),
    put: (work) => replica.put(work).catch(told),
    async *list(work) {
      try {
        yield* replica.list(work);
      } catch (thrown) {
        told(thrown);
      }
    },
  };
}

export const flowrpc: Peer = {
  name: 'flowrpc',
  version,

  async serve(replica, { host, port, ageMs }) {
    const server = createServer({ connection: { ageMs } })
      .add(await replicaService(), handlers(replica))
      .add(health());
    await server.listen(`${host}:${port}`);
    return { close: async () => void (await server.close({ graceMs })) };
  },

  async connect({ addresses, name, spread, attempts, throttled, tokens, keepalive, reconnect }): Promise<PeerClient> {
    const brakes = throttled
      ? { throttle: { maxTokens: tokens }, budget: { minimum: tokens } }
      : ({ throttle: false, budget: false } as const);
    const channel = connect(`ipv4:${addresses.join()}`, {
      userAgent: name,
      interceptors: [retry({ attempts, ...brakes }), counting],
      serviceConfig: { loadBalancing: spread ? 'round_robin' : 'pick_first' },
      keepalive,
      reconnect,
    });
    const client = channel.client(await replicaService());
    let connects = 0;
    channel.watchConnection(({ type }) => {
      if (type === 'connecting') connects += 1;
    });
    return {
      get connects() {
        return connects;
      },
      close: () => channel.close(),
      async call(method, work, { readPauseMs, ...options }) {
        const tries = { count: 0 };
        const own = { ...options, values: [keyValue(triesKey, tries)] };
        let replica: string | undefined;
        let messages = 0;
        if (method === 'list') {
          const call = client.list(work, own);
          try {
            for await (const done of call) {
              replica = done.replica;
              messages += 1;
              if (readPauseMs !== undefined) await sleep(readPauseMs);
            }
          } catch {
            // The status tells.
          }
          const { code, message } = await call.status;
          return { code, message, replica, messages, attempts: tries.count };
        }
        const call = client[method](work, own);
        const { code, message } = await call.status;
        if (code === Code.OK) ({ replica } = await call);
        return { code, message, replica, attempts: tries.count };
      },
    };
  },
};
