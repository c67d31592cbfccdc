import { setTimeout as sleep } from 'node:timers/promises';
import type { RawReply } from '../raw-http2.ts';
import { shownCanaries } from './canary.ts';
import { echoed } from './echo.ts';
import { namesFault } from './named.ts';
import type { Calls } from './neighbour.ts';
import type { Neighbour } from './neighbour-process.ts';
import type { Outcome, Row } from './row.ts';
import type { VictimState } from './victim.ts';
import type { Victim } from './victim-process.ts';

export interface Judged extends Outcome {
  readonly died: boolean;
  /** What of the oracle was missed, in words; empty when all was met. */
  readonly missed: readonly string[];
  readonly figures: Figures;
  /** How the server was in the end. */
  readonly state: VictimState | undefined;
}

/** What was measured beside an input. */
export interface Figures {
  /** Calls of the well-behaved neighbour, while it lasted and after. */
  readonly during: Calls;
  readonly after: Calls;
  /** Its 99th percentile right before. */
  readonly quietP99Ms: number;
  readonly grownMb: number;
  /** What is open beyond what was before, by kind. */
  readonly left: Readonly<Record<string, number>>;
}

export interface Bars {
  /** A 99th percentile below this is no miss, whatever it was before: a scheduler that is shared makes it by itself. */
  readonly floorMs: number;
  /** How often the neighbour calls; 0 for all at once. */
  readonly everyMs: number;
  /** How often it calls before, meanwhile and after, at least. Default 100. */
  readonly calls?: number;
  /** How long a server may take until it is as it was. Default 10 s. */
  readonly settleMs?: number;
}

const mostGrownMb = 20;
const mostRatio = 3;

/**
 * The universal oracle, of a server that was as it was `before`: whatever was sent, the process stays up, nobody else is harmed, nothing is left behind after ten seconds, and answers
 * name what was wrong without repeating it and without telling secrets.
 */
export async function judge(
  row: Row,
  victim: Victim,
  neighbour: Neighbour,
  before: VictimState | undefined,
  { floorMs, everyMs, calls = 100, settleMs = 10_000 }: Bars,
): Promise<Judged> {
  const pace = { least: calls, everyMs };
  // A floor that is above anything needs no baseline.
  const quietP99Ms = everyMs > 0 ? (await neighbour.calls(victim.port, pace)).p99Ms : 0;
  const stop = await neighbour.callsUntil(victim.port, pace);
  const { said, good, answers = [] } = await row.attack(victim);
  const during = await stop();
  const after = await neighbour.calls(victim.port, pace);
  const { grownMb, left, state } = await settled(victim, before, settleMs);
  const figures: Figures = { during, after, quietP99Ms, grownMb, left };
  if (!victim.alive) {
    return {
      said: `**the process dies** (${victim.lastWords})`,
      good: false,
      died: true,
      missed: ['dies'],
      figures,
      state,
    };
  }
  const missed = [
    ...neighbourhood(figures, floorMs),
    ...(grownMb > mostGrownMb ? [`${grownMb} MB more after ${settleMs / 1_000} s`] : []),
    ...Object.entries(left).map(([kind, count]) => `${count} ${kind} left open`),
    ...(state !== undefined && state.uncaught + state.swallowing > 0 ? ['an exception that nobody caught'] : []),
    ...(victim.stdout.shown.size + victim.stderr.shown.size > 0 ? ['a secret in its output'] : []),
    ...answers.flatMap(({ input, reply }) => wrongAnswer(row.mark, input, reply)),
  ];
  return {
    said: [said, ...new Set(missed)].join('; '),
    good: good && missed.length === 0,
    died: false,
    missed,
    figures,
    state,
  };
}

function neighbourhood({ during, after, quietP99Ms }: Figures, floorMs: number): string[] {
  const failed = during.failed + after.failed;
  const slow = Object.entries({ during, after }).filter(
    ([, { p99Ms }]) => p99Ms > floorMs && p99Ms > mostRatio * quietP99Ms,
  );
  return [
    ...(failed > 0
      ? [`${failed} of ${during.made + after.made} calls of others fail (${during.why || after.why})`]
      : []),
    ...slow.map(
      ([when, { p99Ms }]) =>
        `others take ${Math.round(p99Ms)} ms ${when === 'during' ? 'meanwhile' : 'afterwards'} (p99, ${Math.round(quietP99Ms)} before)`,
    ),
  ];
}

function wrongAnswer(mark: string, input: string, reply: RawReply): string[] {
  const headers = Object.values(reply.headers).flat().join('\n');
  const longest = Math.max(echoed(reply.message, input), echoed(headers, input));
  const failure = reply.code !== undefined && reply.code !== 0;
  return [
    ...(longest > 0 ? [`repeats ${longest.toLocaleString('en')} characters of the input`] : []),
    ...(shownCanaries(`${reply.message}\n${headers}`).length > 0 ? ['tells a secret'] : []),
    ...(failure && !namesFault(mark, reply.message) ? [`does not say what was wrong`] : []),
  ];
}

/** Waits until the server is as it was. */
async function settled(
  victim: Victim,
  before: VictimState | undefined,
  settleMs: number,
): Promise<{ grownMb: number; left: Record<string, number>; state: VictimState | undefined }> {
  const end = performance.now() + settleMs;
  while (true) {
    const state = await victim.collected();
    if (state === undefined || before === undefined) return { grownMb: 0, left: {}, state };
    const grownMb = Math.round((state.rss - before.rss) / 2 ** 20);
    const left = more(state.open, before.open);
    if ((grownMb <= mostGrownMb && Object.keys(left).length === 0) || performance.now() > end)
      return { grownMb, left, state };
    await sleep(250);
  }
}

function more(now: Readonly<Record<string, number>>, before: Readonly<Record<string, number>>): Record<string, number> {
  const grown = Object.entries(now).map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}
