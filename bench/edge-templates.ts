import { contenders } from './contenders.ts';
import type { Bound } from './edge-bounds.ts';
import { body, passes, type Step, type Template, templates } from './edge-graphs.ts';
import { startGraphProcess } from './graph-process.ts';
import { plainCalls } from './plain-calls.ts';
import { startServer } from './processes.ts';
import { paired, type SliceOptions, slices } from './slices.ts';
import { median, spread, table } from './statistics.ts';

/** Nodes put in at once where one costs less than the clock can tell. */
const repeats = 8;

type Samples = Record<string, number[]>;
type Calls = Record<string, () => Promise<unknown>>;

/** What a node adds when it is put between two others: by a local edge, and by a remote one that takes what follows along. */
export async function templateCosts(
  options: SliceOptions,
): Promise<{ figures: object[]; ratios: Partial<Record<Bound, number[]>> }> {
  const local = await slices(await localCalls(), options);
  const remote = await measureRemote(options);
  const call = added(local, 'plain', 'plain without');
  const figures = templates.map((template) => {
    const [near, far] = [added(local, template), added(remote, template)];
    return {
      template,
      localMicros: near.map((micros) => micros / repeats),
      toPlainCall: paired(near, call, (node, plain) => node / plain),
      remoteMicros: far,
      toBareCall: paired(far, remote.bare!, (edge, bare) => edge / bare),
    };
  });
  console.log('\nwhat a node adds between two others; remote: it and the last one are in another process');
  console.log(
    table([
      ['template', 'local edge µs', 'to a plain call', 'remote edge µs', 'to a bare unary call', 'remote : local'],
      ...figures.map(({ template, localMicros, toPlainCall, remoteMicros, toBareCall }) => [
        template,
        spread(localMicros),
        spread(toPlainCall),
        spread(remoteMicros),
        spread(toBareCall),
        (median(remoteMicros) / median(localMicros)).toFixed(0),
      ]),
    ]),
  );
  const ratios = figures.map(({ template, toPlainCall, toBareCall }) => [
    [`${template}, local edge : plain call`, toPlainCall],
    [`${template}, remote edge : bare unary call`, toBareCall],
  ]);
  return { figures, ratios: Object.fromEntries(ratios.flat()) as Partial<Record<Bound, number[]>> };
}

async function localCalls(): Promise<Calls> {
  const [few, many] = [plainCalls(2), plainCalls(2 + repeats)];
  const calls: Calls = {
    'plain without': () => few(body),
    plain: () => many(body),
    without: await passes(['oneToOne', 'oneToOne']),
  };
  for (const template of templates) {
    calls[template] = await passes(['oneToOne', ...Array<Step>(repeats).fill(template), 'oneToOne']);
  }
  return calls;
}

async function measureRemote(options: SliceOptions): Promise<Samples> {
  using graph = await startGraphProcess();
  using echo = await startServer('bare', 0);
  const bare = await contenders.bare!.call(echo.port, 0);
  const calls: Calls = { bare: () => bare({ body, id: 1 }), without: await passes(['oneToOne', 'oneToOne']) };
  for (const template of templates) calls[template] = await passes(['oneToOne'], { end: graph.pair(template) });
  return await slices(calls, options);
}

function added(samples: Samples, name: Template | 'plain', base = 'without'): number[] {
  return paired(samples[name]!, samples[base]!, (put, without) => put - without);
}
