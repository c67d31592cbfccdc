import { context as otelContext, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { connect, createServer, type Interceptor, inProcess, key, silentLogger } from 'flowrpc';
import {
  auth,
  authz,
  bearerToken,
  circuitBreaker,
  clientDefaults,
  concurrencyLimit,
  createRegistry,
  deadline,
  faults,
  hedging,
  loadShed,
  logging,
  metrics,
  rateLimit,
  requestId,
  retry,
  serverDefaults,
  tracing,
} from 'flowrpc/interceptors';
import { type NiceName, niceCall } from './nice-middleware.ts';
import { ProbeService } from './probe.ts';
import { median, table } from './statistics.ts';

interface Row {
  readonly name: string;
  readonly make: () => Interceptor;
  readonly sides?: readonly ('client' | 'server')[];
  readonly nice?: NiceName;
}

const pass: Interceptor = async function pass(call, next) {
  return next(call);
};

const both = ['client', 'server'] as const;
const policy = { name: 'bench', allow_rules: [{ name: 'all', request: { paths: ['/bench.Probe/*'] } }] };
const quiet = { logging: { logger: silentLogger } };

const registry = createRegistry();
const user = key<string>('user');

const rows: readonly Row[] = [
  { name: 'one that does nothing', make: () => pass, nice: 'pass' },
  { name: 'logging, to nowhere', make: () => logging({ logger: silentLogger }) },
  { name: 'requestId', make: () => requestId() },
  { name: 'metrics, Prometheus names', make: () => metrics({ registry }), nice: 'metrics' },
  { name: 'deadline', make: () => deadline(30_000), nice: 'deadline' },
  { name: 'retry', make: () => retry({ nonIdempotent: true }), sides: ['client'], nice: 'retry' },
  { name: 'hedging', make: () => hedging({ nonIdempotent: true }), sides: ['client'] },
  { name: 'circuitBreaker', make: () => circuitBreaker(), sides: ['client'] },
  { name: 'bearerToken', make: () => bearerToken('token'), sides: ['client'] },
  { name: 'auth, by a function', make: () => auth(() => 'ada', { as: user }), sides: ['server'] },
  { name: 'authz, one rule', make: () => authz(policy), sides: ['server'] },
  { name: 'rateLimit', make: () => rateLimit({ perSecond: 1e9, burst: 1e9 }), sides: ['server'] },
  { name: 'concurrencyLimit', make: () => concurrencyLimit({ max: 100 }), sides: ['server'] },
  { name: 'loadShed', make: () => loadShed(), sides: ['server'] },
  { name: 'faults, none', make: () => faults([]) },
  { name: 'clientDefaults', make: () => clientDefaults(quiet), sides: ['client'] },
  { name: 'serverDefaults', make: () => serverDefaults(quiet), sides: ['server'] },
];
/** Once an SDK is registered, every call pays for its context manager: these come last, with a base of their own. */
const traced: readonly Row[] = [{ name: 'tracing, SDK without exporter', make: () => tracing(), nice: 'tracing' }];

/** What each interceptor adds to a unary call, in microseconds, beside the same job in nice-grpc, in one run. */
export async function interceptorCosts(options: { rounds?: number; calls?: number } = {}): Promise<object[]> {
  const figures = await measured(rows, options);
  new NodeTracerProvider().register({ contextManager: new AsyncLocalStorageContextManager() });
  figures.push(...(await measured(traced, options)));
  trace.disable();
  otelContext.disable();
  console.log(
    table([
      ['adds to a call, µs', 'client', 'server', 'nice-grpc client', 'nice-grpc server'],
      ...figures.map(({ name, ours, nice }) => [
        name,
        ...both.map((side) => text(ours[side])),
        ...both.map((side) => text(nice[side])),
      ]),
    ]),
  );
  return figures;
}

type Sides = Partial<Record<'client' | 'server', number>>;

async function measured(
  list: readonly Row[],
  { rounds = 15, calls = 5_000 }: { rounds?: number; calls?: number },
): Promise<{ name: string; ours: Sides; nice: Sides }[]> {
  const figures = [];
  for (const { name, make, sides = both, nice } of list) {
    const figure = { name, ours: {} as Sides, nice: {} as Sides };
    for (const side of both) {
      if (sides.includes(side))
        figure.ours[side] = await difference(ourCall(side, undefined), ourCall(side, make()), rounds, calls);
      const other = nice === undefined ? undefined : niceCall(side, nice);
      if (other !== undefined) figure.nice[side] = await difference(niceCall(side, undefined)!, other, rounds, calls);
    }
    figures.push(figure);
  }
  return figures;
}

function ourCall(side: 'client' | 'server', interceptor: Interceptor | undefined): () => Promise<unknown> {
  const chain = interceptor === undefined ? [] : [interceptor];
  const server = createServer({ interceptors: side === 'server' ? chain : [], logger: silentLogger }).add(
    ProbeService,
    {
      unary: (message) => message,
    },
  );
  const channel = connect(inProcess(server, { copy: false }), { interceptors: side === 'client' ? chain : [] });
  const { unary } = channel.client(ProbeService);
  const message = { text: 'x', n: 1 };
  return () => unary(message);
}

/** The median over rounds of what one costs more than the other, both in the same round. */
async function difference(
  base: () => Promise<unknown>,
  tested: () => Promise<unknown>,
  rounds: number,
  calls: number,
): Promise<number> {
  await micros(base, calls);
  await micros(tested, calls);
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = await micros(base, calls);
    const second = await micros(tested, calls);
    const third = await micros(base, calls);
    samples.push(second - (first + third) / 2);
  }
  return median(samples);
}

async function micros(call: () => Promise<unknown>, calls: number): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < calls; index++) await call();
  return ((performance.now() - start) * 1_000) / calls;
}

function text(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(2);
}
