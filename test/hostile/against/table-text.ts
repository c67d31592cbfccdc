import type { Input } from './every-row.ts';
import type { Judged } from './oracle.ts';
import type { Outcome } from './row.ts';

/** What came of an input on one side; figures where there was a server. */
export type Told = Outcome & Partial<Judged>;

export interface Compared {
  readonly input: Input;
  /** Undefined where there is nothing to compare with. */
  readonly theirs: Told | undefined;
  readonly own: Told;
}

/** Whether others waited too long, and all else was met. */
export function onlyLate({ missed = [] }: Told): boolean {
  return missed.length > 0 && missed.every((each) => each.startsWith('others take'));
}

/** The figures of one input, for whoever watches. */
export function note({ figures }: Told): string {
  if (figures === undefined) return '';
  const { during, after, quietP99Ms, grownMb } = figures;
  const times = [quietP99Ms, during.p99Ms, after.p99Ms].map((ms) => ms.toFixed(1)).join(' / ');
  return ` [p99 of others before / meanwhile / after ${times} ms of ${during.made} calls, ${grownMb} MB]`;
}

/** What the whole table comes to. */
export function summary(
  { version, floorMs }: { version: string; floorMs: number },
  all: readonly Compared[],
): string[] {
  const asked = all.flatMap(({ theirs }) => theirs ?? []);
  const died = asked.filter((told) => told.died || told.said.includes('the process dies')).length;
  const good = (told: readonly Told[]): number => told.filter((each) => each.good).length;
  return [
    `Of ${asked.length} inputs bare grpc-js ${version} meets ${good(asked)} as wanted and ends its process at ${died}. Of ${all.length} flowrpc meets ${good(all.map(({ own }) => own))}.`,
    'Beside each input against a server another client calls every 2 ms, 100 times at least meanwhile and 100 times after. A line is ✓ only if ' +
      `none of its calls fails, its 99th percentile stays below three times what it was right before (or ${floorMs} ms) in one of three runs, memory is ` +
      'within 20 MB of what it was and nothing is left open after 10 s, no exception is uncaught, and the answer names what was wrong, ' +
      'repeats 128 bytes of it at most, and shows neither a secret of the environment nor the caller’s token, nor does the output.',
    worst(
      'flowrpc',
      all.map(({ input, own }) => [input, own] as const),
    ),
    worst(
      'bare grpc-js',
      all.flatMap(({ input, theirs }) => (theirs === undefined ? [] : [[input, theirs] as const])),
    ),
  ].filter((text) => text !== '');
}

function worst(side: string, all: readonly (readonly [Input, Told])[]): string {
  const slow = all.flatMap(([{ row }, { figures }]) =>
    figures === undefined
      ? []
      : [{ mark: row.mark, p99Ms: Math.max(figures.during.p99Ms, figures.after.p99Ms), figures }],
  );
  const first = slow.sort((a, b) => b.p99Ms - a.p99Ms)[0];
  if (first === undefined) return '';
  const middle = slow[Math.floor(slow.length / 2)]!;
  const calls = slow.reduce((sum, { figures: { during, after } }) => sum + during.made + after.made, 0);
  const failed = slow.reduce((sum, { figures: { during, after } }) => sum + during.failed + after.failed, 0);
  return (
    `Others of ${side}: ${failed.toLocaleString('en')} of ${calls.toLocaleString('en')} calls failed; the 99th percentile of their times was ` +
    `${middle.p99Ms.toFixed(1)} ms beside half of the inputs, ${first.p99Ms.toFixed(1)} ms at most (${first.mark}).`
  );
}
