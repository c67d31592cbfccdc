import {
  type Call,
  CancelReason,
  Code,
  type Invoke,
  maxLosses,
  remaining,
  type Status,
  statusFrom,
  statusOf,
} from 'flowrpc';
import { announce, furtherAttempt } from './attempts.ts';
import { quarantined } from './quarantine.ts';
import type { RetryBudget } from './retry-budget.ts';
import { pushbackOf } from './retry-pushback.ts';
import type { RetryThrottle } from './retry-throttle.ts';

export interface HedgingPolicy {
  readonly attempts: number;
  readonly delayMs: number;
  readonly nonFatal: ReadonlySet<Code>;
  readonly throttle: RetryThrottle | undefined;
  readonly budget: RetryBudget | undefined;
  readonly keyHeader: string | false;
}

interface Attempt {
  readonly number: number;
  readonly startedAt: number;
  readonly controller: AbortController;
}

const outrun = 'Another attempt has answered';

/** One call and its attempts, which run beside each other until one of them answers. */
export class HedgedCall {
  readonly #call: Call;
  readonly #repeatable: Call;
  readonly #next: Invoke;
  readonly #policy: HedgingPolicy;
  readonly #running = new Set<Attempt>();
  #sent = 0;
  #losses = 0;
  #endedAt: number | undefined;
  /** No attempt starts any more. */
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #winner: Attempt | undefined;
  #last: Status | undefined;
  #idle: AbortSignal | undefined;
  #over = false;
  #resolve!: (status: Status) => void;

  constructor(call: Call, repeatable: Call, next: Invoke, policy: HedgingPolicy) {
    this.#call = call;
    this.#repeatable = repeatable;
    this.#next = next;
    this.#policy = policy;
  }

  run(): Promise<Status> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#send();
    });
  }

  #send(): void {
    this.#sent += 1;
    const attempt = { number: this.#sent, startedAt: performance.now(), controller: new AbortController() };
    const delayMs =
      this.#running.size > 0 || this.#endedAt === undefined ? 0 : Math.max(0, attempt.startedAt - this.#endedAt);
    const hedge = this.#running.size > 0;
    this.#running.add(attempt);
    announce(this.#call, { type: 'started', number: attempt.number, hedge, transparent: false, delayMs });
    const call = furtherAttempt(this.#repeatable, attempt.number)
      .withSignal(attempt.controller.signal)
      .withResponses({
        header: (header) => {
          if (this.#answers(attempt)) this.#call.sendHeader(header);
        },
        message: (message) => (this.#answers(attempt) ? this.#call.respond(message) : undefined),
      });
    this.#wait(this.#policy.delayMs);
    this.#next(call).then((status) => this.#safely(() => this.#ended(attempt, status)));
  }

  /** The first to send anything has the call to itself. */
  #answers(attempt: Attempt): boolean {
    if (this.#over) return false;
    if (this.#winner === undefined) {
      this.#winner = attempt;
      this.#close();
      this.#cancelOthers(attempt);
    }
    return this.#winner === attempt;
  }

  #ended(attempt: Attempt, status: Status): void {
    if (!this.#running.delete(attempt)) return;
    this.#endedAt = performance.now();
    announce(this.#call, {
      type: 'ended',
      number: attempt.number,
      status,
      durationMs: this.#endedAt - attempt.startedAt,
    });
    const { nonFatal, throttle } = this.#policy;
    if (status.code === Code.OK) throttle?.succeeded();
    if (!nonFatal.has(status.code)) return this.#finish(status);
    if (status.lost) this.#losses += 1;
    this.#last = this.#losses < maxLosses ? status : quarantined(this.#repeatable, this.#policy.keyHeader, status);
    const pushback = pushbackOf(status);
    if (throttle?.failed() === false || pushback === 'stop') this.#close();
    else if (pushback === undefined) this.#hedge();
    else this.#wait(pushback);
    this.#settle();
  }

  /** The next attempt, if there may be one. */
  #hedge(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { attempts, throttle, budget } = this.#policy;
    if (this.#closed || this.#sent >= attempts) return;
    // Those that are out may take a server with them, too.
    if (this.#losses > 0 && this.#losses + this.#running.size >= maxLosses) return this.#close();
    if (this.#call.committed || remaining(this.#call.deadline) <= 0 || throttle?.open === false) return this.#close();
    // Only asked when all else allows: what it gives is spent.
    if (budget?.take() === false) return this.#close();
    this.#send();
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed || this.#sent >= this.#policy.attempts || ms >= remaining(this.#call.deadline)) return;
    const fire = (): void => {
      this.#hedge();
      this.#settle();
    };
    this.#timer = setTimeout(() => this.#safely(fire), ms);
  }

  /** A step that nobody further out waits for. A throttle or budget of the user's that throws ends the call, not the process. */
  #safely(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#finish(statusOf(error));
    }
  }

  /** Ends a call for which nothing runs: at once when nothing will, else when it is cancelled meanwhile. */
  #settle(): void {
    if (this.#running.size > 0 || this.#last === undefined) return;
    if (this.#timer === undefined) return this.#finish(this.#last);
    if (this.#idle !== undefined) return;
    this.#idle = this.#call.signal;
    if (this.#idle.aborted) this.#onAbort();
    else this.#idle.addEventListener('abort', this.#onAbort, { once: true });
  }

  #onAbort = (): void => {
    if (this.#running.size === 0) this.#finish(statusOf(this.#idle?.reason));
  };

  #close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #cancelOthers(winner?: Attempt): void {
    const others = [...this.#running].filter((attempt) => attempt !== winner);
    for (const attempt of others) {
      this.#running.delete(attempt);
      const durationMs = performance.now() - attempt.startedAt;
      const status = statusFrom(Code.CANCELLED, outrun);
      announce(this.#call, { type: 'ended', number: attempt.number, status, durationMs });
      attempt.controller.abort(new CancelReason('cancelled', outrun));
    }
  }

  #finish(status: Status): void {
    if (this.#over) return;
    this.#over = true;
    this.#close();
    this.#idle?.removeEventListener('abort', this.#onAbort);
    this.#cancelOthers();
    this.#resolve(status);
  }
}
