import { getHeapStatistics } from 'node:v8';
import * as grpc from '@grpc/grpc-js';
import { Code, createServer, type HandlerContext, StatusError, silentLogger } from 'flowrpc';
import { echo, type Probe, ProbeService } from '../../suites/probe-service.ts';

/*
 * A process with a server of one side, `victim.ts bare|ours`: the text of a request says how its handler behaves. It tells its
 * parent the port, and how it is whenever it is asked.
 */

export interface VictimState {
  /** Handlers that were started, but for those of the neighbour. */
  readonly started: number;
  readonly cancelled: number;
  readonly produced: number;
  readonly rss: number;
  readonly heap: number;
}

let started = 0;
let cancelled = 0;
let produced = 0;

const long = 'm'.repeat(100_000);
const later = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** 10 KB of text that is kept nowhere else. */
const bulk = (): string => Buffer.alloc(10_000, (produced % 90) + 32).toString('latin1');

/** What a status or a throw is for each text; both sides get the same. */
const failures: Record<string, () => unknown> = {
  'detail-long': () => ({ code: Code.NOT_FOUND, details: long }),
  surrogate: () => ({ code: Code.ABORTED, details: '\ud800' }),
  controls: () => ({ code: Code.ABORTED, details: 'a\r\nb\0c\u007f\u{1f600}' }),
  secret: () => new Error('connect ECONNREFUSED postgres://user:hunter2@db'),
  throws: () => new Error('thrown'),
  'throws-null': () => null,
};

function ours(): Promise<number> {
  const server = createServer({
    logger: silentLogger,
    connection: { idleMs: 500, receiveTimeoutMs: 4_000 },
  });
  const behave = async (request: Probe, { signal, trailer }: HandlerContext): Promise<Probe> => {
    const { text } = request;
    if (text === 'neighbour') return request;
    started += 1;
    signal.addEventListener('abort', () => (cancelled += 1));
    if (text === 'hang')
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    if (text === 'slow') await later(60);
    if (text === 'throws-late')
      return new Promise((_resolve, reject) => setImmediate(() => reject(new Error('thrown late'))));
    if (text === 'rejects') return Promise.reject(undefined);
    if (text === 'no-message') return undefined as never;
    if (text === 'trailers-long') for (let n = 0; n < 50; n++) trailer.append(`x-${n}`, 'v'.repeat(4_000));
    if (text === 'surrogate-later') await later(5);
    const failure = failures[text === 'surrogate-later' ? 'surrogate' : text]?.();
    if (failure === undefined) return request;
    if (failure === null || failure instanceof Error) throw failure;
    const { code, details } = failure as { code: Code; details: string };
    throw new StatusError(code as Exclude<Code, 0>, details);
  };
  server.add(ProbeService, {
    ...echo,
    unary: behave,
    async clientStream(requests) {
      started += 1;
      let n = 0;
      for await (const { text } of requests) {
        if (text === 'throws') throw new Error('in the loop');
        n += 1;
      }
      return { text: '', n };
    },
    async *serverStream({ text }) {
      for (let n = 0; n < 20_000; n++) {
        produced += 1;
        yield { text, n, bulk: bulk() };
      }
    },
  });
  return server.listen('127.0.0.1:0').then(({ port }) => port);
}

function bare(): Promise<number> {
  const server = new grpc.Server({ 'grpc.max_connection_idle_ms': 500 });
  const definition = (name: string, requestStream: boolean, responseStream: boolean) => ({
    path: `/suite.Probe/${name}`,
    requestStream,
    responseStream,
    requestSerialize: (value: Probe) => Buffer.from(JSON.stringify(value)),
    requestDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Probe,
    responseSerialize: (value: Probe) => Buffer.from(JSON.stringify(value)),
    responseDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Probe,
  });
  server.addService(
    {
      unary: definition('Unary', false, false),
      clientStream: definition('ClientStream', true, false),
      serverStream: definition('ServerStream', false, true),
    },
    {
      // As they are written: an async function that answers by its callback.
      unary: async (call: grpc.ServerUnaryCall<Probe, Probe>, callback: grpc.sendUnaryData<Probe>) => {
        const { text } = call.request;
        if (text === 'neighbour') return callback(null, call.request);
        started += 1;
        call.on('cancelled', () => (cancelled += 1));
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
        const failure = failures[text === 'surrogate-later' ? 'surrogate' : text]?.();
        if (failure === undefined) return callback(null, call.request);
        if (text.startsWith('throws')) throw failure;
        callback(failure as grpc.ServiceError);
      },
      clientStream: (call: grpc.ServerReadableStream<Probe, Probe>, callback: grpc.sendUnaryData<Probe>) => {
        started += 1;
        let n = 0;
        call.on('data', ({ text }: Probe) => {
          if (text === 'throws') throw new Error('in data');
          n += 1;
        });
        call.on('end', () => callback(null, { text: '', n }));
      },
      serverStream: async (call: grpc.ServerWritableStream<Probe, Probe>) => {
        for (let n = 0; n < 20_000 && !call.cancelled; n++) {
          produced += 1;
          call.write({ text: '', n, bulk: bulk() });
          if (n % 500 === 499) await later(1);
        }
        call.end();
      },
    } as unknown as grpc.UntypedServiceImplementation,
  );
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

process.on('message', () => {
  globalThis.gc?.();
  const state: VictimState = {
    started,
    cancelled,
    produced,
    rss: process.memoryUsage.rss(),
    heap: getHeapStatistics().used_heap_size,
  };
  process.send?.({ state });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: await (process.argv[2] === 'bare' ? bare() : ours()) });
