import { getHeapStatistics } from 'node:v8';
import { collectGarbage } from '../../collect-garbage.ts';
import { counted } from './behaviour.ts';
import { type BareTls, bare } from './victim-bare.ts';
import { ours } from './victim-ours.ts';
import { planted } from './victim-planted.ts';

/*
 * A process with a server of one side, `victim.ts bare|ours|planted`: the text of a request says how its handler behaves. It tells its
 * parent the ports, and how it is whenever it is asked. TLS=… is what its second port shows.
 */

export interface VictimPorts {
  readonly port: number;
  /** 0 without TLS. */
  readonly tlsPort: number;
}

export interface VictimState {
  /** Handlers that were started, but for those of the neighbour. */
  readonly started: number;
  readonly cancelled: number;
  readonly produced: number;
  readonly rss: number;
  readonly heap: number;
  /** What keeps the process up, by kind: sockets, servers, timers. */
  readonly open: Readonly<Record<string, number>>;
  /** Exceptions that nobody caught. */
  readonly uncaught: number;
  /** Listeners that keep a process up which should have died. */
  readonly swallowing: number;
}

let uncaught = 0;
process.on('uncaughtExceptionMonitor', () => (uncaught += 1));

function state(): VictimState {
  const open: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) open[kind] = (open[kind] ?? 0) + 1;
  return {
    ...counted,
    rss: process.memoryUsage.rss(),
    heap: getHeapStatistics().used_heap_size,
    open,
    uncaught,
    swallowing: process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection'),
  };
}

process.on('message', (question: 'state' | 'collected') => {
  if (question === 'collected') collectGarbage();
  process.send?.({ state: state() });
});
process.on('disconnect', () => process.exit(0));

const tls = process.env.TLS === undefined ? undefined : (JSON.parse(process.env.TLS) as BareTls);
const side = process.argv[2];
const ports =
  side === 'ours'
    ? ours(tls && { ...tls, clientCertificate: 'require' })
    : bare(tls, side === 'planted' ? planted : undefined);
process.send?.(await ports);
