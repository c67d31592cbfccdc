import { cancelReach } from './cancel-reach.ts';
import { loading } from './loading.ts';
import { type LocalRow, localRows } from './local-rows.ts';
import { manyProcesses } from './many-processes.ts';
import { type RemoteRow, remoteRows } from './remote-rows.ts';
import type { SliceOptions } from './slices.ts';
import { median, spread, table } from './statistics.ts';

interface Goal {
  readonly what: string;
  /** By round; empty when it could not be measured. */
  readonly measured: readonly number[];
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Graphs at work: throughput beside others, many processes, loading, changing, cancelling. `quick` takes fewer and shorter rounds. */
export async function graph({ quick = false } = {}): Promise<object> {
  const slices: SliceOptions = quick ? { rounds: 4, sliceMs: 60 } : {};
  const local = await localRows(slices);
  const remote = await remoteRows(quick ? slices : { rounds: 7, sliceMs: 400 });
  const processes = await manyProcesses(quick ? { rounds: 1 } : {});
  const loaded = await loading(quick ? { sizes: [1_000], rounds: 2, changes: 5 } : {});
  const cancels = await cancelReach(quick ? { runs: 10 } : {});
  const goals: Goal[] = [
    ...local.flatMap(localGoals),
    ...remote.map(remoteGoal),
    { what: 'heap after 10,000 processes, to before', measured: processes.map(({ left }) => left), atMost: 1.02 },
    ...cancels.map(({ hops, milliseconds }) => ({
      what: `ms of a cancel to process ${hops} of a chain`,
      measured: milliseconds,
      atMost: 100,
    })),
  ];
  console.log('\ngoals, judged by medians');
  console.log(table([['', 'measured', 'goal', ''], ...goals.map(verdict)]));
  return { local, remote, processes, loaded, cancels };
}

/** One packet at a time: what a graph costs. With many under way everybody waits for the same processor. */
function localGoals({ row, depth, underWay, ofPlain, ofNodeRed }: LocalRow): Goal[] {
  if (row !== 'oneToOne' || underWay !== 1) return [];
  return [
    { what: `${depth} local, of plain functions`, measured: ofPlain, atLeast: 0.3 },
    { what: `${depth} local, of Node-RED with nodes of their own kind`, measured: ofNodeRed.own, atLeast: 10 },
    { what: `${depth} local, of Node-RED with function nodes`, measured: ofNodeRed.function, atLeast: 10 },
  ];
}

function remoteGoal({ hops, underWay, ofBare }: RemoteRow): Goal {
  return { what: `${hops} remote, ${underWay} under way, of bare grpc-js`, measured: ofBare, atLeast: 0.9 };
}

function verdict({ what, measured, atLeast = Number.NEGATIVE_INFINITY, atMost }: Goal): string[] {
  const goal = atMost === undefined ? `${atLeast} or more` : `${atMost} or less`;
  if (measured.length === 0) return [what, '–', goal, 'not measured'];
  const value = median(measured);
  const met = value >= atLeast && value <= (atMost ?? Number.POSITIVE_INFINITY);
  return [what, spread(measured), goal, met ? 'met' : 'missed'];
}
