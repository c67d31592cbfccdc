import * as grpc from '@grpc/grpc-js';
import { packageVersion } from './package-version.ts';
import { type ClientOptions, type Done, type Ended, type Peer, type Replica, Unavailable, type Work } from './peer.ts';
import { replicaDefinition } from './replica-definition.ts';

type Call = grpc.ServerUnaryCall<Work, Done> & grpc.ServerWritableStream<Work, Done>;
type Methods = Record<string, (...given: unknown[]) => grpc.ClientUnaryCall & grpc.ClientReadableStream<Done>>;

const graceMs = 10_000;

/** What is thrown, as grpc-js wants it told. */
function failure(thrown: unknown): Partial<grpc.StatusObject> {
  const code = thrown instanceof Unavailable ? grpc.status.UNAVAILABLE : grpc.status.UNKNOWN;
  return { code, details: String(thrown) };
}

function handlers(replica: Replica): grpc.UntypedServiceImplementation {
  const unary = (method: 'get' | 'put') => (call: Call, callback: grpc.sendUnaryData<Done>) =>
    replica[method](call.request).then(
      (done) => callback(null, done),
      (thrown) => callback(failure(thrown)),
    );
  return {
    get: unary('get'),
    put: unary('put'),
    async list(call: Call) {
      try {
        for await (const done of replica.list(call.request)) {
          if (call.cancelled) return;
          if (!call.write(done)) await new Promise((resolve) => call.once('drain', resolve));
        }
        call.end();
      } catch (thrown) {
        call.emit('error', failure(thrown));
      }
    },
  } as unknown as grpc.UntypedServiceImplementation;
}

/** Its own retries, for the method that may be made again. */
function serviceConfig({ spread, attempts, throttled, tokens = 10 }: ClientOptions): string {
  const retryPolicy = {
    maxAttempts: attempts,
    initialBackoff: '0.05s',
    maxBackoff: '1s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return JSON.stringify({
    loadBalancingConfig: [{ [spread ? 'round_robin' : 'pick_first']: {} }],
    retryThrottling: throttled ? { maxTokens: tokens, tokenRatio: 0.1 } : undefined,
    methodConfig: attempts > 1 ? [{ name: [{ service: 'faults.Replica', method: 'Get' }], retryPolicy }] : [],
  });
}

export const grpcJs: Peer = {
  name: 'grpc-js',
  version: packageVersion('@grpc/grpc-js'),

  async serve(replica, { host, port, ageMs }) {
    const server = new grpc.Server(ageMs === undefined ? {} : { 'grpc.max_connection_age_ms': ageMs });
    server.addService(replicaDefinition(), handlers(replica));
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
        setTimeout(() => server.forceShutdown(), graceMs).unref();
      });
    return { close };
  },

  async connect(options) {
    const { addresses, name, throttled, keepalive, reconnect } = options;
    // Its throttles belong to targets, not to clients.
    const target = throttled ? addresses : addresses.toReversed();
    const Client = grpc.makeGenericClientConstructor(replicaDefinition(), 'Replica');
    const client = new Client(`ipv4:${target.join()}`, grpc.credentials.createInsecure(), {
      'grpc.primary_user_agent': name,
      'grpc.service_config': serviceConfig(options),
      ...(keepalive && {
        'grpc.keepalive_time_ms': keepalive.timeMs,
        'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
      }),
      ...(reconnect && {
        'grpc.initial_reconnect_backoff_ms': reconnect.initialBackoffMs,
        'grpc.max_reconnect_backoff_ms': reconnect.maxBackoffMs,
      }),
    });
    const methods = client as unknown as Methods;
    return {
      close: async () => client.close(),
      call: (method, work, { timeoutMs, waitForReady, signal, readPauseMs }) =>
        new Promise<Ended>((resolve) => {
          const metadata = new grpc.Metadata({ waitForReady });
          let replica: string | undefined;
          let messages = 0;
          let repeated = 0;
          const heard = ({ replica: by }: Done): void => {
            replica = by;
            messages += 1;
            if (readPauseMs === undefined || method !== 'list') return;
            call.pause();
            setTimeout(() => call.resume(), readPauseMs);
          };
          const one = (_error: unknown, done?: Done): void => void (done && heard(done));
          const given = [work, metadata, { deadline: Date.now() + timeoutMs }];
          const call = methods[method]!(...given, ...(method === 'list' ? [] : [one]));
          const note = (received: grpc.Metadata): void => {
            repeated = Math.max(repeated, Number(received.get('grpc-previous-rpc-attempts')[0] ?? 0));
          };
          if (method === 'list') call.on('data', heard);
          call.on('error', () => {});
          call.on('metadata', note);
          call.on('status', ({ code, details, metadata: trailer }: grpc.StatusObject) => {
            note(trailer);
            // The callback comes right after it.
            setImmediate(() => resolve({ code, message: details, attempts: 1 + repeated, replica, messages }));
          });
          signal?.addEventListener('abort', () => call.cancel(), { once: true });
        }),
    };
  },
};
