import { readFileSync } from 'node:fs';
import type { CallRecord } from '../call-record.ts';
import { rounded } from '../counting.ts';
import type { Fault } from '../fault.ts';
import type { Rig } from '../rig.ts';

const reconnect = { initialBackoffMs: 1_000, maxBackoffMs: 3_000 };

/** Everybody is gone, many clients wait, everybody comes back. */
export const f14: Fault = {
  name: 'F14',
  title: 'both replicas are gone for 30 s, 200 clients wait, both return',
  bars: [
    { what: 'attempts to connect within the back-off', of: ({ more }) => more.connectsOfAllowed, most: 1 },
    {
      what: 'attempts ≤ 1.1 a call, once throttles have closed',
      of: ({ more }) => more.attemptsPerCallLater,
      most: 1.1,
    },
    { what: '0 failed at the end', of: ({ failedAtEnd }) => failedAtEnd, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: '0 executed twice that may not be', of: ({ onceExecutedTwice }) => onceExecutedTwice, most: 0 },
    { what: 'healthy < 5 s after the return', of: ({ recoveryMs }) => recoveryMs, most: 5_000, longOnly: true },
    // The kernel counts them for the whole machine.
    { what: '0 overruns of accept', of: ({ more }) => more.overruns, most: 0, longOnly: true },
  ],
  times: { long: { endMs: 80_000 }, short: { endMs: 16_000 } },
  async run(rig) {
    const [clients, outageMs] = rig.short ? [40, 4_000] : [200, 30_000];
    const replicas = await rig.startReplicas(2);
    for (const replica of replicas) await replica.prepare();
    const all = await Promise.all(Array.from({ length: clients }, () => rig.connect({ reconnect })));
    await rig.start();
    await rig.until(rig.times.faultMs);
    const connects = (): number => all.reduce((sum, client) => sum + (client.connects ?? Number.NaN), 0);
    const [from, connectsBefore, overrunsBefore] = [rig.load.now, connects(), listenOverflows()];
    await Promise.all(replicas.map((replica) => replica.kill()));
    await rig.until(from + outageMs);
    const tried = connects() - connectsBefore;
    await Promise.all(replicas.map((replica) => replica.restart()));
    const to = rig.load.now;
    const figures = await rig.finish({ from, to, recoverySince: to });
    const allowed = clients * replicas.length * attemptsWithin(outageMs);
    const closed = from + (to - from) / 2;
    return {
      ...figures,
      more: {
        connects: tried,
        connectsPerSecond: rounded((tried * 1_000) / outageMs),
        connectsOfAllowed: rounded(tried / allowed),
        attemptsPerCall: attemptsOf(rig, from, to),
        attemptsPerCallLater: attemptsOf(rig, closed, to),
        overruns: listenOverflows() - overrunsBefore,
      },
    };
  },
};

/** How often one address may be tried in a time, when all jitter makes it sooner (gRPC's back-off: × 1.6, ± 20 %). */
export function attemptsWithin(ms: number): number {
  let count = 1;
  let pause = reconnect.initialBackoffMs;
  for (let at = 0.8 * pause; at <= ms; at += 0.8 * pause) {
    count += 1;
    pause = Math.min(pause * 1.6, reconnect.maxBackoffMs);
  }
  return count;
}

/** NaN when nobody called. */
function attemptsOf(rig: Rig, from: number, to: number): number {
  const within = rig.load.records.filter(({ sent, ended = to }: CallRecord) => sent >= from && ended < to);
  const attempts = within.reduce((sum, { outcome }) => sum + (outcome?.attempts ?? 1), 0);
  return rounded(attempts / within.length);
}

/** Connections that the kernel had no room for, since it started; of the whole machine. */
function listenOverflows(): number {
  const [names = '', values = ''] = readFileSync('/proc/net/netstat', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'));
  return Number(values.split(' ')[names.split(' ').indexOf('ListenOverflows')]);
}
