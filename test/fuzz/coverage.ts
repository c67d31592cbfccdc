import { type Profiler, Session } from 'node:inspector';
import { type Literal, literalsIn } from './literals.ts';

const watched = /^file:.*\/(?:src|interceptors|node_modules\/(?:yaml|@grpc|@marcbachmann|@fastify|commander)\/)/;
/** How far in front of a block that never ran stands what decides whether it runs, in characters. */
const guardChars = 240;

/** How much more often our own code is looked at than that of libraries. */
const ownWeight = 4;

/** Blocks of one function that never ran, by where they are: V8 names a block by itself only where it ran less often than what is around it. */
type Gaps = Map<string, Profiler.CoverageRange>;

/** What is compared in front of a block, most likely. */
export type Guard = readonly Literal[];

interface Reached {
  readonly script: string;
  /** Not of a library. */
  readonly own: boolean;
  readonly gaps: Gaps;
  /** Ran for an input, not only while the target was opened. */
  live: boolean;
}

/** What code inputs reach, told by V8's own block coverage: nothing is instrumented. */
export class Coverage {
  readonly #session = new Session();
  readonly #functions = new Map<string, Reached>();
  readonly #literals = new Map<string, readonly Literal[]>();
  readonly #latest = new Set<Reached>();
  #reached = 0;
  #open = false;

  /** Before the code is loaded that is looked at. */
  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#post('Profiler.enable');
    await coverage.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    // For the sources. It stays: V8 forgets how to count blocks once it is disabled.
    await coverage.#post('Debugger.enable');
    await coverage.#post('Debugger.setSkipAllPauses', { skip: true });
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
    if (!peek) this.#latest.clear();
    for (const { scriptId, url, functions } of result) {
      if (!watched.test(url)) continue;
      const own = !url.includes('/node_modules/');
      for (const { ranges } of functions) fresh += this.#look({ script: scriptId, own }, ranges, peek);
    }
    if (!peek) this.#reached += fresh;
    return fresh;
  }

  /** From now on it is inputs that reach code. */
  async opened(): Promise<void> {
    await this.fresh();
    this.#open = true;
  }

  /** For each block that never ran, in functions that inputs run: texts and numbers that stand in front of it, the nearest last. They may decide whether it does. */
  async frontier(): Promise<Guard[]> {
    await this.#readSources();
    return [...this.#functions.values()]
      .filter(({ live }) => live)
      .flatMap((reached) => {
        const guards = this.#guardsOf(reached);
        return reached.own ? Array.from({ length: ownWeight }, () => guards).flat() : guards;
      });
  }

  /** Of these, those in functions where the last look but peeks found something fresh. */
  async latest(): Promise<Guard[]> {
    await this.#readSources();
    return [...this.#latest].flatMap((reached) => this.#guardsOf(reached));
  }

  stop(): void {
    this.#session.disconnect();
  }

  #look(
    source: { readonly script: string; readonly own: boolean },
    ranges: readonly Profiler.CoverageRange[],
    peek: boolean,
  ): number {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return 0;
    const key = `${source.script}:${whole.startOffset}:${whole.endOffset}`;
    const known = this.#functions.get(key);
    if (known === undefined) {
      if (peek) return 1;
      const added = { ...source, gaps: gapsOf(ranges), live: this.#open };
      this.#functions.set(key, added);
      this.#latest.add(added);
      return 1;
    }
    if (this.#open) known.live = true;
    const { gaps } = known;
    const reached = [...gaps].filter(([, gap]) => innermost(ranges, gap).count > 0);
    if (peek || reached.length === 0) return reached.length;
    this.#latest.add(known);
    for (const [at] of reached) gaps.delete(at);
    // What is left of those that were reached in part.
    for (const [at, left] of gapsOf(ranges)) if (reached.some(([, gap]) => isWithin(left, gap))) gaps.set(at, left);
    return reached.length;
  }

  #guardsOf({ script, gaps }: Reached): Guard[] {
    const literals = this.#literals.get(script) ?? [];
    return [...gaps.values()].flatMap(({ startOffset: end }) => {
      const near = between(literals, end - guardChars, end).filter(({ at }) => !isWithinAny(gaps, at));
      return near.length > 0 ? [near] : [];
    });
  }

  /** Of all scripts that were reached and are not yet known, as the engine runs them. */
  async #readSources(): Promise<void> {
    const unread = new Set([...this.#functions.values()].map(({ script }) => script));
    for (const script of this.#literals.keys()) unread.delete(script);
    for (const scriptId of unread) {
      const { scriptSource } = (await this.#post('Debugger.getScriptSource', { scriptId })) as { scriptSource: string };
      this.#literals.set(scriptId, literalsIn(scriptSource.replace(/\/\/# sourceMappingURL=.*/, '')));
    }
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

function isWithinAny(gaps: Gaps, at: number): boolean {
  for (const { startOffset, endOffset } of gaps.values()) if (at >= startOffset && at < endOffset) return true;
  return false;
}

/** Those that stand from one place up to another. */
function between(literals: readonly Literal[], from: number, to: number): Literal[] {
  let low = 0;
  for (let high = literals.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (literals[middle]!.at < from) low = middle + 1;
    else high = middle;
  }
  const found: Literal[] = [];
  for (let n = low; n < literals.length && literals[n]!.at < to; n++) found.push(literals[n]!);
  return found;
}
