import { CancelReason, reasonFromParent, reasonFromSignal } from './cancel-reason.ts';
import { maxTimerMs } from './deadline.ts';
import { offAbort, onAbort } from './shared-signal.ts';
import { SuspendedClock } from './suspended-clock.ts';

type Listener = (reason: CancelReason) => void;

export interface CancellationOptions {
  /** Absolute, epoch milliseconds. */
  deadline?: number;
  /** Cancelled together with this one, reason `parent` (or `deadline` when that was the parent's). */
  parent?: Cancellation;
  /** A caller's own signal. */
  signal?: AbortSignal;
}

/**
 * What can end a call early: its deadline, its parent, a signal, or `cancel()`. Costs nothing until somebody listens:
 * timer and links are made on first use and taken down by `close()`.
 */
export class Cancellation {
  /** Moves only while somebody holds the clock with `suspend`. */
  deadline: number;
  #parent: Cancellation | undefined;
  #outer: AbortSignal | undefined;
  #reason: CancelReason | undefined;
  #controller: AbortController | undefined;
  // Nearly every call has one listener: a set is made for the second.
  #listener: Listener | undefined;
  #listeners: Set<Listener> | undefined;
  #children: Set<Cancellation> | undefined;
  #armed = false;
  #clocked = false;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #clock: SuspendedClock | undefined;
  /** What of the clock's time is in the deadline already. */
  #moved = 0;
  // Made when armed: most calls end without.
  #fromOuter: (() => void) | undefined;

  constructor({ deadline = Number.POSITIVE_INFINITY, parent, signal }: CancellationOptions = {}) {
    this.deadline = parent !== undefined && parent.deadline < deadline ? parent.deadline : deadline;
    this.#parent = parent;
    this.#outer = signal;
    if (parent !== undefined && parent.#clock !== undefined) {
      this.#clock = parent.#clock;
      this.#moved = parent.#clock.moved;
    }
  }

  /** Set once cancelled, also when nobody listened. */
  get reason(): CancelReason | undefined {
    if (this.#reason === undefined && !this.#closed && !this.#armed) this.#look();
    return this.#reason;
  }

  /** Made on first use. Its `reason` is a CancelReason. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (!this.#closed && this.#reason === undefined) this.#arm();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  cancel(reason: CancelReason): void {
    if (this.#reason !== undefined || this.#closed) return;
    this.#reason = reason;
    this.#disarm();
    const listener = this.#listener;
    const listeners = this.#listeners;
    const children = this.#children;
    this.#forget();
    listener?.(reason);
    if (listeners !== undefined) for (const listener of listeners) listener(reason);
    if (children !== undefined) for (const child of children) child.cancel(reasonFromParent(reason));
    this.#controller?.abort(reason);
  }

  /**
   * Calls the listener once, at once when already cancelled. Pair it with `off`. Without `clock` the listener watches the
   * deadline itself, and none is set for it here.
   */
  on(listener: Listener, clock = true): void {
    if (this.#closed) return;
    if (this.#reason === undefined) this.#arm(clock);
    if (this.#reason !== undefined) listener(this.#reason);
    else if (this.#listener === undefined) this.#listener = listener;
    else (this.#listeners ??= new Set()).add(listener);
  }

  off(listener: Listener): void {
    if (this.#listener === listener) this.#listener = undefined;
    else this.#listeners?.delete(listener);
  }

  /** The call is over: no timer, link or listener stays, and nothing can cancel it any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const children = this.#children;
    this.#forget();
    this.#disarm();
    if (children !== undefined) for (const child of children) child.#orphan();
  }

  /**
   * Stops the clock of this deadline, and of all derived from it, until the function is called that comes back; deadlines
   * move by the time it stood. Held several times, it goes on when the last one lets go.
   */
  suspend(): () => void {
    return (this.#clock ??= new SuspendedClock()).hold((waiting) => {
      this.#follow();
      for (const cancellation of waiting) cancellation.#wait();
    });
  }

  /** Takes over what the clock stood meanwhile, with those derived from this one. */
  #follow(): void {
    const { moved } = this.#clock!;
    this.deadline += moved - this.#moved;
    this.#moved = moved;
    for (const child of this.#children ?? []) {
      child.#clock ??= this.#clock;
      if (child.#clock === this.#clock) child.#follow();
    }
  }

  /** Whether the time is over, asked once it seems to be: one that was made before its clock was held learns of it here. */
  #expired(): boolean {
    let at: Cancellation | undefined = this;
    while (at !== undefined && at.#clock === undefined) at = at.#parent;
    if (at === undefined) return true;
    this.#clock = at.#clock;
    this.#follow();
    return !this.#clock!.held && Date.now() >= this.deadline;
  }

  #forget(): void {
    this.#listener = undefined;
    this.#listeners = undefined;
    this.#children = undefined;
  }

  #look(): void {
    if (this.#outer?.aborted) this.#onOuter();
    else if (this.#parent?.reason !== undefined) this.cancel(reasonFromParent(this.#parent.reason));
    else if (this.#hasOwnDeadline() && Date.now() >= this.deadline && this.#expired())
      this.cancel(new CancelReason('deadline'));
  }

  #arm(clock = true): void {
    if (!this.#armed) this.#link();
    if (!clock || this.#clocked || this.#reason !== undefined || this.deadline === Number.POSITIVE_INFINITY) return;
    this.#clocked = true;
    if (this.#hasOwnDeadline()) this.#wait();
  }

  /** A parent with the same deadline tells us when it passes. */
  #hasOwnDeadline(): boolean {
    if (this.deadline === Number.POSITIVE_INFINITY) return false;
    return this.#parent === undefined || this.#parent.#closed || this.#parent.deadline !== this.deadline;
  }

  #link(): void {
    this.#look();
    if (this.#reason !== undefined) return;
    this.#armed = true;
    if (this.#parent !== undefined) this.#parent.#adopt(this);
    if (this.#reason !== undefined || this.#outer === undefined) return;
    this.#fromOuter = () => this.#onOuter();
    onAbort(this.#outer, this.#fromOuter);
  }

  /** Links a child until it or this one ends. */
  #adopt(child: Cancellation): void {
    if (this.#closed) return;
    this.#arm();
    if (this.#reason !== undefined) child.cancel(reasonFromParent(this.#reason));
    else (this.#children ??= new Set()).add(child);
  }

  /** The parent is over and cancels nothing any more; the deadline it gave was promised to others and stays. */
  #orphan(): void {
    if (this.#clocked && this.#timer === undefined) this.#wait();
  }

  #wait(): void {
    this.#timer = undefined;
    let left = this.deadline - Date.now();
    if (left <= 0) {
      if (this.#expired()) return this.cancel(new CancelReason('deadline'));
      if (this.#clock?.held) {
        this.#clock.waiting.add(this);
        return;
      }
      left = this.deadline - Date.now();
    }
    this.#timer = setTimeout(() => this.#wait(), Math.min(Math.ceil(left), maxTimerMs));
  }

  #disarm(): void {
    if (!this.#armed) return;
    this.#armed = false;
    this.#clocked = false;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#clock?.waiting.delete(this);
    if (this.#parent !== undefined) this.#parent.#children?.delete(this);
    if (this.#fromOuter !== undefined && this.#outer !== undefined) offAbort(this.#outer, this.#fromOuter);
  }

  #onOuter(): void {
    this.cancel(reasonFromSignal(this.#outer?.reason));
  }
}
