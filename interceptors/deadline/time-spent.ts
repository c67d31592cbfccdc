import { type Call, Code, type Context, key, type Status } from 'flowrpc';

/** What the calls to one method at one address took of a server call, which made them. */
export interface Spent {
  readonly path: string;
  readonly address: string;
  readonly calls: number;
  /** Milliseconds in which at least one of them was under way. */
  readonly ms: number;
  readonly unanswered: boolean;
  /** How the last one that failed ended. */
  readonly failure: Status | undefined;
}

/** Milliseconds in which something was under way, however many at a time. */
class BusyTime {
  active = 0;
  #since = 0;
  #ms = 0;

  start(now: number): void {
    if (this.active === 0) this.#since = now;
    this.active += 1;
  }

  stop(now: number): void {
    this.active -= 1;
    if (this.active === 0) this.#ms += now - this.#since;
  }

  total(now: number): number {
    return this.active > 0 ? this.#ms + now - this.#since : this.#ms;
  }
}

class Entry {
  readonly path: string;
  readonly address: string;
  readonly busy = new BusyTime();
  calls = 0;
  failure: Status | undefined;

  constructor(path: string, address: string) {
    this.path = path;
    this.address = address;
  }
}

/** Methods told apart; a server call that makes more kinds of calls has the rest in one sum. */
const maxEntries = 32;
const maxPathLength = 128;

/** Where the time of a server call went: what it called, how long, how it ended. */
export class TimeSpent {
  readonly #entries = new Map<string, Entry>();
  readonly #all = new BusyTime();

  /** A call begins; tell what it gives back once how it ended. */
  begin({ method, peer }: Context): (status: Status) => void {
    const entry = this.#entry(method.path.slice(0, maxPathLength), peer.address);
    const startedAt = performance.now();
    entry.calls += 1;
    entry.busy.start(startedAt);
    this.#all.start(startedAt);
    return (status) => {
      const now = performance.now();
      entry.busy.stop(now);
      this.#all.stop(now);
      if (status.code !== Code.OK) entry.failure = status;
    };
  }

  /** Milliseconds in which any call was under way. */
  ms(now: number): number {
    return this.#all.total(now);
  }

  /** By method and address, what took longest first. */
  list(now: number): Spent[] {
    const list = [...this.#entries.values()].map(({ path, address, calls, busy, failure }) => {
      return { path, address, calls, ms: busy.total(now), unanswered: busy.active > 0, failure };
    });
    return list.sort((a, b) => b.ms - a.ms);
  }

  #entry(path: string, address: string): Entry {
    const name = `${path} ${address}`;
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    if (this.#entries.size >= maxEntries) return this.#entries.get(others) ?? this.#add(others, new Entry(others, ''));
    return this.#add(name, new Entry(path, address));
  }

  #add(name: string, entry: Entry): Entry {
    this.#entries.set(name, entry);
    return entry;
  }
}

const others = 'other methods';
const spentKey = key('time spent', { perCall: () => new TimeSpent() });
const seenKey = key('time seen', { perCall: () => ({ begun: false }) });

/** Where the time of a server call went so far. */
export function timeSpent(call: Context): TimeSpent {
  return call.get(spentKey) ?? new TimeSpent();
}

/**
 * A client's call begins: the call that it is part of, if any, remembers it. Tell what comes back how it ended; undefined where
 * there is none, or somebody further out tells already.
 */
export function spendTime(call: Call): ((status: Status) => void) | undefined {
  const { parent } = call;
  if (parent === undefined) return undefined;
  const seen = call.get(seenKey);
  if (seen?.begun) return undefined;
  if (seen !== undefined) seen.begun = true;
  const end = timeSpent(parent).begin(call);
  return (status) => {
    if (seen !== undefined) seen.begun = false;
    end(status);
  };
}
