import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CallRecord } from './call-record.ts';
import { counted } from './counting.ts';
import { type Bar, judged } from './fault.ts';
import { tableOf, writeTable } from './faults-table.ts';
import type { Figures } from './figures.ts';
import type { Execution } from './key-log.ts';
import { attemptsWithin } from './list/f14-outage.ts';
import { Load } from './load.ts';
import { flowrpc } from './peers/flowrpc.ts';
import type { Peer, PeerClient } from './peers/peer.ts';
import { seeded } from './random.ts';
import { firstErrorMs, recoveryMs } from './recovery.ts';
import { Rig } from './rig.ts';
import { keepResult, lastResult, type RunResult } from './run-result.ts';

/** A call each 10 ms that took 5 ms, unless said. */
function calls(count: number, change: (index: number) => Partial<CallRecord> = () => ({})): CallRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `get-${index}`,
    method: 'get',
    scheduled: index * 10,
    sent: index * 10,
    ended: index * 10 + 5,
    outcome: { code: 0, attempts: 1 },
    ...change(index),
  }));
}

function executionsOf(records: readonly CallRecord[]): Execution[] {
  return records.map(({ key }) => ({ key, replica: 'r0', refused: false, at: 0 }));
}

const unavailable = { outcome: { code: 14, attempts: 3 } };

test('counted() sees whom nobody told, and what is told to be done and was not', () => {
  const records = calls(10, (index) => (index === 3 ? { ended: undefined, outcome: undefined } : {}));

  const counts = counted(records, executionsOf(records.filter((_, index) => index !== 5)), { attempts: 3 });

  expect(counts).toMatchObject({ sent: 10, ok: 9, failed: 0, lost: 2, executed: 9 });
});

test('counted() sees what was executed twice, and which of it must not be', () => {
  const records = calls(10, (index) => (index < 5 ? { key: `put-${index}`, method: 'put' } : {}));
  const twice = executionsOf([records[1]!, records[7]!]);

  const counts = counted(records, [...executionsOf(records), ...twice], { attempts: 3 });

  expect(counts).toMatchObject({ executed: 10, executedTwice: 2, onceExecutedTwice: 1, lost: 0, arrivalsPerCall: 1.2 });
});

test('counted() tells failures by code and kind, and those that were given up', () => {
  const records = calls(10, (index) =>
    index === 0
      ? { key: 'put-0', method: 'put', ...unavailable }
      : index === 1
        ? unavailable
        : index === 2
          ? { outcome: { code: 14, attempts: 1 } }
          : index === 3
            ? { outcome: { code: 4, attempts: 1 } }
            : {},
  );

  const counts = counted(records, executionsOf(records), { attempts: 3 });

  expect(counts).toMatchObject({
    failed: 4,
    failedBy: { UNAVAILABLE: 3, DEADLINE_EXCEEDED: 1 },
    failedOnce: 1,
    failedIdempotent: 3,
    givenUp: 1,
    maxAttempts: 3,
  });
});

test('recoveryMs() is behind the last call that failed or was slow, and undefined when that goes on', () => {
  const failing = calls(400, (index) => (index >= 100 && index < 130 ? unavailable : {}));
  const slow = calls(400, (index) => (index >= 100 && index < 150 ? { ended: index * 10 + 500 } : {}));
  const forEver = calls(400, (index) => (index >= 100 && index % 50 === 0 ? unavailable : {}));
  const since = { since: 1_000, baselineP99: 5 };

  expect(recoveryMs(failing, since)).toBe(290);
  // One in a hundred may be slow.
  expect(recoveryMs(slow, since)).toBe(480);
  expect(recoveryMs(forEver, since)).toBeUndefined();
  expect(firstErrorMs(failing, 1_000)).toBe(5);
  expect(firstErrorMs(calls(10), 0)).toBeUndefined();
});

test('a load goes on whatever becomes of its calls, at its rate', async () => {
  const silent: PeerClient = { call: () => new Promise(() => {}), close: async () => {} };
  const load = new Load([silent], { rate: 500, random: seeded(1), timeoutMs: -4_000 });

  await expect.poll(() => load.records.length).toBeGreaterThan(100);
  await load.stop();

  const { records } = load;
  expect(records[100]!.scheduled).toBe(200);
  expect(records.every(({ sent, scheduled }) => sent >= scheduled)).toBe(true);
  expect(new Set(records.map(({ method }) => method))).toEqual(new Set(['get', 'put', 'list']));
  expect(counted(records, [], { attempts: 3 }).lost).toBe(records.length);
});

test('the same seed gives the same, another another', () => {
  const draw = (seed: number): number[] => Array.from({ length: 20 }, seeded(seed));

  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7).every((value) => value >= 0 && value < 1)).toBe(true);
});

test('a call that is made twice and one that is made up are seen through real processes', async () => {
  // A client as it must not be: its tenth call goes out again under the same key, its twentieth goes nowhere.
  const wrong: Peer = {
    ...flowrpc,
    connect: async (options) => {
      const client = await flowrpc.connect(options);
      let made = 0;
      return {
        close: () => client.close(),
        async call(method, work, how) {
          made += 1;
          if (made === 20) return { code: 0, attempts: 1 };
          if (made === 10) await client.call(method, work, how);
          return await client.call(method, work, how);
        },
      };
    },
  };
  await using rig = new Rig({ peer: wrong, times: { warmMs: 0, faultMs: 100, endMs: 600 }, short: true });
  await rig.startReplicas(1);
  await rig.connect();

  await rig.start({ rate: 100, puts: 1 });
  const figures = await rig.finish({ from: 100, to: 200 });

  expect(figures).toMatchObject({ lost: 1, onceExecutedTwice: 1, executedTwice: 1, failed: 0, unknownKeys: 0 });
  expect(figures.executed).toBe(figures.sent - 1);
  expect(figures.driver.after.files).toBeLessThanOrEqual(figures.driver.before.files);
}, 60_000);

test('a bar is missed by what is beyond it, and by what is missing', () => {
  const bars: Bar[] = [
    { what: 'failed', of: ({ failed }) => failed, most: 0 },
    { what: 'recovery', of: ({ recoveryMs: ms }) => ms, most: 500, shortMost: 3_000 },
    { what: 'calls', of: ({ sent }) => sent, least: 100_000, longOnly: true },
  ];
  const figures = (recovery: number | undefined) => ({ failed: 1, sent: 10, recoveryMs: recovery }) as Figures;
  const met = (recovery: number | undefined, short: boolean) =>
    judged(bars, figures(recovery), { short }).map((verdict) => verdict.met);

  expect(met(600, true)).toEqual([false, true]);
  expect(met(600, false)).toEqual([false, false, false]);
  expect(met(undefined, true)).toEqual([false, false]);
  expect(judged(bars, figures(600), { short: true })[1]?.what).toBe('recovery (3000 in the short form)');
});

test('attemptsWithin() counts the steps of a back-off that grows to its end', () => {
  expect([0, 800, 2_100, 30_000].map(attemptsWithin)).toEqual([1, 2, 3, 14]);
});

test('the table has the last long run of each peer, beside what was wanted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowrpc-faults-'));
  const result = (sent: number, short: boolean): RunResult => ({
    fault: 'F1',
    title: 'a title',
    peer: 'flowrpc',
    version: '0.1.0',
    short,
    seed: 1,
    node: 'v20.0.0',
    date: '2026-11-21T00:00:00Z',
    times: { warmMs: 0, faultMs: 0, endMs: 0 },
    bars: [{ what: '0 failed', value: 2, met: false }],
    figures: {
      ...counted(calls(3), executionsOf(calls(3)), { attempts: 3 }),
      sent,
      before: { p50: 1, p99: 2, max: 3 },
      during: { p50: 1, p99: 4, max: 5 },
      after: { p50: 1, p99: 2, max: 3 },
      more: { cancelP50Ms: 1.5 },
    } as unknown as Figures,
  });
  for (const [sent, short] of [
    [1, false],
    [2_000, false],
    [3, true],
  ] as const)
    keepResult(result(sent, short), folder);
  const page = join(folder, 'page.md');
  writeFileSync(page, 'above\n<!-- faults: begin -->\nold\n<!-- faults: end -->\nbelow\n');

  const table = tableOf([[lastResult('F1', 'flowrpc', folder)], [lastResult('F2', 'flowrpc', folder)]]);

  expect(table).toContain('| F1: a title | ✗ 0 failed: 2<br>*cancelP50Ms 1.5* | 2,000 calls, 0 failed, 0 lost<br>');
  expect(table).toContain('p99 2 → 4 → 2');
  expect(table).not.toContain('F2');
  expect(() => writeTable(join(folder, 'F1.jsonl'))).toThrow(
    /Cannot write into .*: it has no "<!-- faults: begin -->"/,
  );
  rmSync(folder, { recursive: true });
});
