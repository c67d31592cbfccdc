import * as grpc from '@grpc/grpc-js';
import type { Probe } from '../../suites/probe-service.ts';
import { bulk, counted, failureOf, later } from './behaviour.ts';
import type { VictimPorts } from './victim.ts';

type Unary = (call: grpc.ServerUnaryCall<Probe, Probe>, callback: grpc.sendUnaryData<Probe>) => unknown;

/** TLS for callers with a certificate. */
export interface BareTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

const definition = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/suite.Probe/${name}`,
  requestStream,
  responseStream,
  requestSerialize: (value: Probe) => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Probe,
  responseSerialize: (value: Probe) => Buffer.from(JSON.stringify(value)),
  responseDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Probe,
});

/** The server of grpc-js; handlers as they are written with it. */
export async function bare(tls: BareTls | undefined, unary: Unary = behave): Promise<VictimPorts> {
  const server = new grpc.Server({ 'grpc.max_connection_idle_ms': 2_000 });
  server.addService(
    {
      unary: definition('Unary', false, false),
      clientStream: definition('ClientStream', true, false),
      serverStream: definition('ServerStream', false, true),
    },
    { unary, clientStream, serverStream } as unknown as grpc.UntypedServiceImplementation,
  );
  const bind = (credentials: grpc.ServerCredentials): Promise<number> =>
    new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
    });
  const pair = (text: string): Buffer => Buffer.from(text);
  return {
    port: await bind(grpc.ServerCredentials.createInsecure()),
    tlsPort:
      tls === undefined
        ? 0
        : await bind(
            grpc.ServerCredentials.createSsl(
              pair(tls.ca),
              [{ private_key: pair(tls.key), cert_chain: pair(tls.cert) }],
              true,
            ),
          ),
  };
}

/** An async function that answers by its callback. */
export const behave: Unary = async (call, callback) => {
  const { text } = call.request;
  if (text === 'neighbour') return callback(null, call.request);
  counted.started += 1;
  call.on('cancelled', () => (counted.cancelled += 1));
  if (text === 'hang') return;
  if (text === 'slow') await later(60);
  if (text === 'throws-late')
    setImmediate(() => {
      throw new Error('thrown late');
    });
  if (text === 'rejects') return Promise.reject(undefined);
  if (text === 'no-message') return callback(null, undefined);
  if (text === 'trailers-long') {
    const trailers = new grpc.Metadata();
    for (let n = 0; n < 50; n++) trailers.set(`x-${n}`, 'v'.repeat(4_000));
    return callback(null, call.request, trailers);
  }
  if (text === 'surrogate-later') await later(5);
  const failure = failureOf(text);
  if (failure === undefined) return callback(null, call.request);
  if (text.startsWith('throws')) throw failure;
  callback(failure as grpc.ServiceError);
};

function clientStream(call: grpc.ServerReadableStream<Probe, Probe>, callback: grpc.sendUnaryData<Probe>): void {
  counted.started += 1;
  let n = 0;
  call.on('data', ({ text }: Probe) => {
    if (text === 'throws') throw new Error('in data');
    n += 1;
  });
  call.on('end', () => callback(null, { text: '', n }));
}

async function serverStream(call: grpc.ServerWritableStream<Probe, Probe>): Promise<void> {
  for (let n = 0; n < 20_000 && !call.cancelled; n++) {
    counted.produced += 1;
    call.write({ text: '', n, bulk: bulk() });
    if (n % 500 === 499) await later(1);
  }
  call.end();
}
