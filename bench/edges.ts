import { type Bound, judge } from './edge-bounds.ts';
import { chains } from './edge-chains.ts';
import { depths } from './edge-depths.ts';
import { templateCosts } from './edge-templates.ts';
import type { SliceOptions } from './slices.ts';
import { spread, table } from './statistics.ts';

export interface EdgesOptions extends SliceOptions {
  /** Reject when a ratio exceeds its bound. */
  check?: boolean;
}

/**
 * What it costs to pass through nodes: in a row within a process, by template, and across processes. `--check` on the command line fails
 * the run when a ratio exceeds its bound, `--quick` takes fewer and shorter rounds.
 */
export async function edges(options: EdgesOptions = fromCommandLine(process.argv)): Promise<object> {
  const { check = false, ...slices } = options;
  const rows = await depths(slices);
  const added = await templateCosts(slices);
  const mixed = await chains(slices);
  const verdicts = judge({ ...rows.ratios, ...added.ratios } as Record<Bound, number[]>);
  console.log('\nbounds, judged by medians');
  console.log(
    table([
      ['ratio', 'measured', 'bound', ''],
      ...verdicts.map(({ bound, ratios, limit, exceeded }) => [
        bound,
        spread(ratios),
        String(limit),
        exceeded ? 'exceeded' : 'ok',
      ]),
    ]),
  );
  const exceeded = verdicts.filter((verdict) => verdict.exceeded);
  if (check && exceeded.length > 0) {
    throw new Error(
      exceeded
        .map(({ bound, measured, limit }) => `Too slow, ${bound}: ${measured.toFixed(2)}, wanted ${limit} or less`)
        .join('\n'),
    );
  }
  return { depths: rows.figures, templates: added.figures, chains: mixed, verdicts };
}

function fromCommandLine(flags: readonly string[]): EdgesOptions {
  return { check: flags.includes('--check'), ...(flags.includes('--quick') && { rounds: 5, sliceMs: 50 }) };
}
