import { SlidingCount } from '../retry/sliding-count.ts';

/** `closed`: calls pass. `open`: they fail at once. `half-open`: a few pass, to find out. */
export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitPolicy {
  readonly consecutiveFailures: number;
  readonly failureRate: number;
  readonly minimumCalls: number;
  readonly windowMs: number;
  readonly openMs: number;
  readonly probes: number;
}

/** A call that a circuit let pass; tell it once how the call went. */
export interface Passage {
  readonly probe: boolean;
  /** Undefined says nothing about the target, such as a call that its caller cancelled. */
  end(succeeded: boolean | undefined): void;
}

/** The memory of how calls to one target went, and whether more of them make sense. */
export class Circuit {
  readonly #policy: CircuitPolicy;
  readonly #changed: (from: CircuitState, to: CircuitState, why: string) => void;
  readonly #calls: SlidingCount;
  readonly #failures: SlidingCount;
  #state: CircuitState = 'closed';
  /** What was let pass in an earlier state has no say in this one. */
  #era = 0;
  #inARow = 0;
  #openUntil = 0;
  #probing = 0;
  #probedAt = 0;
  #passed = 0;
  #why = '';
  usedAt = performance.now();

  constructor(policy: CircuitPolicy, changed: (from: CircuitState, to: CircuitState, why: string) => void) {
    this.#policy = policy;
    this.#changed = changed;
    this.#calls = new SlidingCount(policy.windowMs);
    this.#failures = new SlidingCount(policy.windowMs);
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Why it opened last. */
  get why(): string {
    return this.#why;
  }

  /** How long until a call may be tried, in milliseconds. */
  waitMs(now: number = performance.now()): number {
    if (this.#state === 'open') return Math.max(0, this.#openUntil - now);
    return this.#state === 'half-open' ? this.#policy.openMs : 0;
  }

  /** Lets a call pass, or gives undefined. */
  enter(now: number = performance.now()): Passage | undefined {
    this.usedAt = now;
    const { probes, openMs } = this.#policy;
    if (this.#state === 'closed') return this.#passage(false);
    if (this.#state === 'open') {
      if (now < this.#openUntil) return undefined;
      this.#turn('half-open', 'the time to wait is over');
    }
    // A probe that nobody hears of again must not keep the circuit as it is for ever.
    if (this.#probing >= probes && now - this.#probedAt >= openMs) this.#probing = 0;
    if (this.#probing >= probes) return undefined;
    this.#probing += 1;
    this.#probedAt = now;
    return this.#passage(true);
  }

  #passage(probe: boolean): Passage {
    const era = this.#era;
    let told = false;
    return {
      probe,
      end: (succeeded) => {
        if (told || era !== this.#era) return;
        told = true;
        if (probe) this.#probed(succeeded);
        else if (succeeded !== undefined) this.#count(succeeded);
      },
    };
  }

  #probed(succeeded: boolean | undefined): void {
    this.#probing = Math.max(0, this.#probing - 1);
    if (succeeded === undefined) return;
    if (!succeeded) return this.#open('a trial call failed');
    this.#passed += 1;
    if (this.#passed >= this.#policy.probes)
      this.#turn('closed', `${this.#passed} of ${this.#passed} trial calls succeeded`);
  }

  #count(succeeded: boolean): void {
    const now = performance.now();
    this.#calls.add(1, now);
    if (succeeded) {
      this.#inARow = 0;
      return;
    }
    this.#inARow += 1;
    this.#failures.add(1, now);
    const { consecutiveFailures, failureRate, minimumCalls } = this.#policy;
    if (this.#inARow >= consecutiveFailures)
      return this.#open(this.#inARow === 1 ? 'a call failed' : `${this.#inARow} calls in a row failed`);
    const calls = this.#calls.sum(now);
    const failures = this.#failures.sum(now);
    if (calls >= minimumCalls && failures >= failureRate * calls) this.#open(`${failures} of ${calls} calls failed`);
  }

  #open(why: string): void {
    this.#openUntil = performance.now() + this.#policy.openMs;
    this.#why = why;
    this.#turn('open', why);
  }

  #turn(to: CircuitState, why: string): void {
    const from = this.#state;
    this.#state = to;
    this.#era += 1;
    this.#inARow = 0;
    this.#probing = 0;
    this.#passed = 0;
    this.#calls.clear();
    this.#failures.clear();
    this.#changed(from, to, why);
  }
}
