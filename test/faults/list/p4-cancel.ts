import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect } from 'flowrpc';
import type { Fault } from '../fault.ts';
import { percentile } from '../latencies.ts';
import type { Work } from '../peers/peer.ts';
import { replicaService } from '../peers/replica-service.ts';

const runs = 100;
/** What a cancel may take beyond the way there and back. */
const allowedMs = 50;
const work: Work = { key: 'cancel', delayMs: 0, count: 0, bulkBytes: 0 };

/** A caller goes away; two processes further something still works for it. */
export const p4: Fault = {
  name: 'P4',
  title: 'a cancel over two hops, each a process, beside the load',
  peers: ['flowrpc'],
  times: { long: { endMs: 40_000 } },
  bars: [
    {
      what: 'reaches the last within a round trip and 50 ms',
      of: ({ more }) => more.cancelBeyondRttMs,
      most: allowedMs,
      shortMost: 1_000,
    },
    { what: 'every one reaches it', of: ({ more }) => more.reached, least: runs },
  ],
  async run(rig) {
    await rig.startReplicas(1);
    await rig.connect();
    const last = await hop();
    const first = await hop(last.port);
    await using channel = connect(`127.0.0.1:${first.port}`);
    const client = channel.client(await replicaService());
    await rig.start({ rate: 50 });
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    const rtt: number[] = [];
    const cancel: number[] = [];
    for (let run = 0; run < runs; run++) {
      const startedAt = performance.now();
      await client.get(work);
      rtt.push(performance.now() - startedAt);
      const began = once(last.child, 'message');
      const call = client.get({ ...work, delayMs: 1 });
      await began;
      const seen = once(last.child, 'message') as Promise<[{ cancelledAt: number }]>;
      const cancelledAt = performance.timeOrigin + performance.now();
      call.cancel();
      cancel.push((await seen)[0].cancelledAt - cancelledAt);
      await call.status;
    }
    const to = rig.load.now;
    for (const { child } of [first, last]) child.kill('SIGKILL');
    const [round, reach] = [rtt, cancel].map((each) => each.sort((a, b) => a - b)) as [number[], number[]];
    const figures = await rig.finish({ from, to });
    const ms = (value: number): number => Math.round(value * 100) / 100;
    return {
      ...figures,
      more: {
        reached: reach.length,
        rttP50Ms: ms(percentile(round, 0.5)),
        cancelP50Ms: ms(percentile(reach, 0.5)),
        cancelP99Ms: ms(percentile(reach, 0.99)),
        cancelMaxMs: ms(reach.at(-1) ?? Number.NaN),
        cancelBeyondRttMs: ms(Math.max(0, percentile(reach, 0.99) - percentile(round, 0.5))),
      },
    };
  },
};

async function hop(next?: number): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(
    fileURLToPath(new URL('../hop-process.ts', import.meta.url)),
    next === undefined ? [] : [`${next}`],
    {
      execArgv: ['--import', 'tsx', '--conditions=@flowrpc/source'],
    },
  );
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port };
}
