import { failed } from '../call-record.ts';
import type { Fault } from '../fault.ts';
import { readKeyLog } from '../key-log.ts';

/** SIGSTOP of one of two replicas: its connections stay, and say nothing. */
export const f3: Fault = {
  name: 'F3',
  title: 'one of two replicas stops for 10 s, and goes on',
  times: { short: { endMs: 12_000 } },
  bars: [
    { what: '0 failed at the end', of: ({ failedAtEnd }) => failedAtEnd, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: '0 executed twice that may not be', of: ({ onceExecutedTwice }) => onceExecutedTwice, most: 0 },
    {
      what: 'moved to the other within ping and timeout',
      of: ({ more }) => more.movedBeyondPingMs,
      most: 500,
      longOnly: true,
    },
    { what: '0 still wait when it goes on', of: ({ more }) => more.stuck, most: 0 },
    { what: '0 failed once it had moved', of: ({ more }) => more.failedAfterMove, most: 0 },
  ],
  async run(rig) {
    const keepalive = rig.short ? { timeMs: 1_000, timeoutMs: 1_000 } : { timeMs: 5_000, timeoutMs: 2_000 };
    const found = keepalive.timeMs + keepalive.timeoutMs;
    const [first] = await rig.startReplicas(2);
    await rig.connect({ keepalive, tokens: 1_000 });
    await rig.start();
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    first!.signal('SIGSTOP');
    await rig.until(from + (rig.short ? 6_000 : 10_000));
    first!.signal('SIGCONT');
    const wentOn = Date.now();
    const to = rig.load.now;
    const figures = await rig.finish({ from, to });
    const told = new Set(rig.load.records.filter(failed).map(({ key }) => key));
    const moved = from + found + (rig.short ? 3_000 : 500);
    return {
      ...figures,
      more: {
        stuck: rig.load.records.filter(({ sent, ended = to }) => sent <= from + found && ended >= to).length,
        movedBeyondPingMs: Math.max(0, (figures.recoveryMs ?? Number.POSITIVE_INFINITY) - found),
        failedAfterMove: rig.load.records.filter((record) => failed(record) && record.sent > moved).length,
        // Their callers had been told that they failed; nobody can take back what lies in a socket.
        executedLate: readKeyLog(rig.keyLog).filter(({ key, at }) => at >= wentOn && told.has(key)).length,
      },
    };
  },
};
