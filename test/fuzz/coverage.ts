import { type Profiler, Session } from 'node:inspector';

const watched = /^file:.*\/(?:src|interceptors|node_modules\/(?:yaml|@grpc|@marcbachmann|@fastify|commander)\/)/;

/** Blocks of one function that never ran, by where they are: V8 names a block by itself only where it ran less often than what is around it. */
type Gaps = Map<string, Profiler.CoverageRange>;

/** What code inputs reach, told by V8's own block coverage: nothing is instrumented. */
export class Coverage {
  readonly #session = new Session();
  readonly #functions = new Map<string, Gaps>();
  #reached = 0;

  /** Before the code is loaded that is looked at. */
  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#post('Profiler.enable');
    await coverage.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  /** Functions and blocks that were reached one after another. */
  get size(): number {
    return this.#reached;
  }

  /** How many functions and blocks ran since the last look that never ran before. They count as seen unless `peek`. */
  async fresh({ peek = false } = {}): Promise<number> {
    const { result } = (await this.#post('Profiler.takePreciseCoverage')) as Profiler.TakePreciseCoverageReturnType;
    let fresh = 0;
    for (const { scriptId, url, functions } of result) {
      if (!watched.test(url)) continue;
      for (const { ranges } of functions) fresh += this.#look(scriptId, ranges, peek);
    }
    if (!peek) this.#reached += fresh;
    return fresh;
  }

  stop(): void {
    this.#session.disconnect();
  }

  #look(script: string, ranges: readonly Profiler.CoverageRange[], peek: boolean): number {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return 0;
    const key = `${script}:${whole.startOffset}:${whole.endOffset}`;
    const gaps = this.#functions.get(key);
    if (gaps === undefined) {
      if (!peek) this.#functions.set(key, gapsOf(ranges));
      return 1;
    }
    const reached = [...gaps].filter(([, gap]) => innermost(ranges, gap).count > 0);
    if (peek || reached.length === 0) return reached.length;
    for (const [at] of reached) gaps.delete(at);
    // What is left of those that were reached in part.
    for (const [at, left] of gapsOf(ranges)) if (reached.some(([, gap]) => isWithin(left, gap))) gaps.set(at, left);
    return reached.length;
  }

  #post(method: string, params: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, params, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
  }
}

function gapsOf(ranges: readonly Profiler.CoverageRange[]): Gaps {
  return new Map(
    ranges.filter(({ count }) => count === 0).map((range) => [`${range.startOffset}:${range.endOffset}`, range]),
  );
}

/** Ranges are given from the outer to the inner. */
function innermost(ranges: readonly Profiler.CoverageRange[], block: Profiler.CoverageRange): Profiler.CoverageRange {
  let found = ranges[0]!;
  for (const range of ranges) if (isWithin(block, range)) found = range;
  return found;
}

function isWithin(inner: Profiler.CoverageRange, outer: Profiler.CoverageRange): boolean {
  return inner.startOffset >= outer.startOffset && inner.endOffset <= outer.endOffset;
}
