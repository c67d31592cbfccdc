import type { PortTarget } from 'flowrpc/graph';
import { contenders } from './contenders.ts';
import { body, passes } from './edge-graphs.ts';
import { echoProto } from './from-here.ts';
import { startGraphProcess } from './graph-process.ts';
import { startServer } from './processes.ts';
import { paired, type SliceOptions, slices } from './slices.ts';
import { median, spread, table } from './statistics.ts';

/** A chain of three nodes, the last one here, in another process, or a method served by bare grpc-js; beside calls of that method. */
export async function chains(options: SliceOptions): Promise<object[]> {
  using remote = await startGraphProcess();
  using echo = await startServer('bare', 0);
  const method: PortTarget = {
    target: `127.0.0.1:${echo.port}`,
    name: 'bench.Echo',
    port: 'Unary',
    proto: echoProto,
  };
  const bare = await contenders.bare!.call(echo.port, 0);
  const client = await contenders.flowrpc!.call(echo.port, 0);
  const calls = {
    'the method by bare grpc-js': () => bare({ body, id: 1 }),
    'the method by a flowrpc client': () => client({ body, id: 1 }),
    'all local': await passes(['oneToOne', 'oneToOne', 'oneToOne']),
    'last edge remote': await passes(['oneToOne', 'oneToOne'], { end: remote.leaf }),
    'last edge to the method': await passes(['oneToOne', 'oneToOne'], { end: method }),
  };
  const base = 'the method by bare grpc-js';
  const one = await slices(calls, options);
  const many = await slices(calls, { ...options, concurrency: 32 });
  const figures = (Object.keys(calls) as (keyof typeof calls)[]).map((chain) => ({
    chain,
    micros: one[chain],
    toBareCall: paired(one[chain], one[base], (own, call) => own / call),
    packetsPerSecondOf32: 1e6 / median(many[chain]),
    rateToBareCallOf32: paired(many[base], many[chain], (call, own) => call / own),
  }));
  console.log('\na chain of three nodes, one packet at a time, and 32 under way');
  console.log(
    table([
      ['chain', 'µs a packet', 'time to a bare call', 'packets/s, 32', 'rate to bare calls, 32'],
      ...figures.map(({ chain, micros, toBareCall, packetsPerSecondOf32, rateToBareCallOf32 }) => [
        chain,
        spread(micros),
        spread(toBareCall),
        packetsPerSecondOf32.toFixed(0),
        spread(rateToBareCallOf32),
      ]),
    ]),
  );
  return figures;
}
