import { setTimeout as sleep } from 'node:timers/promises';
import { ServerCredentials } from '@grpc/grpc-js';
import {
  ChannelCredentials,
  ClientError,
  createChannel,
  createClientFactory,
  createServer,
  ServerError,
  Status,
} from 'nice-grpc';
import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';
import { retryMiddleware } from 'nice-grpc-client-middleware-retry';
import { packageVersion } from './package-version.ts';
import type { CallOptions, Done, Peer, Work } from './peer.ts';
import { replicaDefinition } from './replica-definition.ts';
import { replicaHandlers } from './replica-handlers.ts';

type Methods = Record<string, (work: Work, options: object) => Promise<Done> & AsyncIterable<Done>>;

const graceMs = 10_000;

export const niceGrpc: Peer = {
  name: 'nice-grpc',
  version: packageVersion('nice-grpc'),

  async serve(replica, { host, port, ageMs }) {
    const server = createServer(ageMs === undefined ? {} : { 'grpc.max_connection_age_ms': ageMs });
    const handlers = replicaHandlers(replica, (message) => new ServerError(Status.UNAVAILABLE, message));
    server.add(replicaDefinition() as never, handlers as never);
    await server.listen(`${host}:${port}`, ServerCredentials.createInsecure());
    return {
      async close() {
        const late = sleep(graceMs, undefined, { ref: false }).then(() => server.forceShutdown());
        await Promise.race([server.shutdown(), late]);
      },
    };
  },

  async connect({ addresses, name, spread, attempts, keepalive, reconnect }) {
    const policy = spread ? 'round_robin' : 'pick_first';
    const channel = createChannel(`ipv4:${addresses.join()}`, ChannelCredentials.createInsecure(), {
      'grpc.primary_user_agent': name,
      'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ [policy]: {} }], methodConfig: [] }),
      ...(keepalive && {
        'grpc.keepalive_time_ms': keepalive.timeMs,
        'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
      }),
      ...(reconnect && {
        'grpc.initial_reconnect_backoff_ms': reconnect.initialBackoffMs,
        'grpc.max_reconnect_backoff_ms': reconnect.maxBackoffMs,
      }),
    });
    const client = createClientFactory()
      .use(retryMiddleware)
      .use(deadlineMiddleware)
      .create(replicaDefinition() as never, channel) as unknown as Methods;
    return {
      close: async () => channel.close(),
      async call(method, work, { timeoutMs, signal, readPauseMs }: CallOptions) {
        let tries = 1;
        let replica: string | undefined;
        let messages = 0;
        const options = {
          signal,
          deadline: new Date(Date.now() + timeoutMs),
          // It finds no idempotency in definitions of grpc-js.
          retry: method === 'get' && attempts > 1,
          retryMaxAttempts: attempts - 1,
          retryBaseDelayMs: 50,
          retryableStatuses: [Status.UNAVAILABLE],
          onRetryableError: () => {
            tries += 1;
          },
        };
        try {
          if (method === 'list')
            for await (const done of client.list!(work, options)) {
              replica = done.replica;
              messages += 1;
              if (readPauseMs !== undefined) await sleep(readPauseMs);
            }
          else ({ replica } = await client[method]!(work, options));
          return { code: Status.OK, replica, messages, attempts: tries };
        } catch (error) {
          const [code, message] =
            error instanceof ClientError ? [error.code, error.details] : [Status.CANCELLED, String(error)];
          return { code, message, replica, messages, attempts: tries };
        }
      },
    };
  },
};
