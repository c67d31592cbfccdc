import type { NodeKind } from './kind.ts';
import { balanceKind } from './kinds/balance.ts';
import { batchKind } from './kinds/batch.ts';
import { blockKind } from './kinds/block.ts';
import { cacheKind } from './kinds/cache.ts';
import { fileKind } from './kinds/file.ts';
import { filterKind } from './kinds/filter.ts';
import { forKind } from './kinds/for.ts';
import { forkKind } from './kinds/fork.ts';
import { httpKind } from './kinds/http.ts';
import { ifKind } from './kinds/if.ts';
import { joinKind } from './kinds/join.ts';
import { listenerKind } from './kinds/listener.ts';
import { mapKind } from './kinds/map.ts';
import { mergeKind } from './kinds/merge.ts';
import { nopKind } from './kinds/nop.ts';
import { pipeKind } from './kinds/pipe.ts';
import { printKind } from './kinds/print.ts';
import { proxyKind } from './kinds/proxy.ts';
import { reduceKind } from './kinds/reduce.ts';
import { retryKind } from './kinds/retry.ts';
import { routerKind } from './kinds/router.ts';
import { rpcKind } from './kinds/rpc.ts';
import { scanKind } from './kinds/scan.ts';
import { sessionKind } from './kinds/session.ts';
import { signalKind } from './kinds/signal.ts';
import { sleepKind } from './kinds/sleep.ts';
import { snippetKind } from './kinds/snippet.ts';
import { splitKind } from './kinds/split.ts';
import { sqlKind } from './kinds/sql.ts';
import { stepKind } from './kinds/step.ts';
import { subscribeKind } from './kinds/subscribe.ts';
import { switchKind } from './kinds/switch.ts';
import { syscallKind } from './kinds/syscall.ts';
import { throttleKind } from './kinds/throttle.ts';
import { throwKind } from './kinds/throw.ts';
import { timerKind } from './kinds/timer.ts';
import { transcodeKind } from './kinds/transcode.ts';
import { tryKind } from './kinds/try.ts';
import { unbatchKind } from './kinds/unbatch.ts';
import { upgraderKind } from './kinds/upgrader.ts';
import { websocketKind } from './kinds/websocket.ts';

/** Kinds by name. */
export type Kinds = ReadonlyMap<string, NodeKind>;

/** A kind under another name that it is known by. */
function aliasOf(kind: NodeKind, name: string): NodeKind {
  return Object.freeze({ ...kind, kind: name });
}

const builtIn: readonly NodeKind[] = [
  balanceKind,
  batchKind,
  blockKind,
  cacheKind,
  fileKind,
  filterKind,
  forKind,
  forkKind,
  httpKind,
  ifKind,
  joinKind,
  listenerKind,
  mapKind,
  mergeKind,
  nopKind,
  pipeKind,
  printKind,
  proxyKind,
  reduceKind,
  retryKind,
  routerKind,
  rpcKind,
  scanKind,
  sessionKind,
  signalKind,
  sleepKind,
  snippetKind,
  splitKind,
  sqlKind,
  stepKind,
  subscribeKind,
  switchKind,
  syscallKind,
  throttleKind,
  throwKind,
  timerKind,
  transcodeKind,
  tryKind,
  unbatchKind,
  upgraderKind,
  websocketKind,
];

/** Names that kinds had before, or have elsewhere. */
const otherNames: readonly NodeKind[] = [
  aliasOf(timerKind, 'schedule'),
  aliasOf(pipeKind, 'call'),
  aliasOf(upgraderKind, 'gateway'),
  aliasOf(syscallKind, 'native'),
  aliasOf(signalKind, 'trigger'),
  aliasOf(forKind, 'loop'),
  aliasOf(stepKind, 'sequential'),
  aliasOf(sleepKind, 'wait'),
];

/** The built-in kinds. */
export const kinds: Kinds = new Map([...builtIn, ...otherNames].map((kind) => [kind.kind, kind]));

/** The built-in kinds and some more. One of the name of a built-in kind takes its place. A TypeError when two of these have one name. */
export function createKinds(...more: readonly NodeKind[]): Map<string, NodeKind> {
  const all = new Map(kinds);
  const own = new Set<string>();
  for (const kind of more) {
    if (own.has(kind.kind)) throw new TypeError(`Cannot register kind "${kind.kind}": there is one already`);
    own.add(kind.kind);
    all.set(kind.kind, kind);
  }
  return all;
}
