import type { Attributes, Counter, Histogram } from '@opentelemetry/api';
import type { Code, Status, Traffic } from 'flowrpc';
import type { AttemptEvent } from '../retry/attempts.ts';
import type { AttemptSeries } from './metrics-dialect.ts';

export interface ClientInstruments {
  readonly started: Counter;
  readonly sent: Histogram;
  readonly received: Histogram;
  readonly attempt: Histogram;
  readonly duration: Histogram;
  readonly retries: Histogram;
  readonly transparent: Histogram;
  readonly hedges: Histogram;
  readonly delay: Histogram;
}

/** What the calls of one method to one target have in common. */
export interface AttemptLabels {
  readonly instruments: ClientInstruments;
  readonly base: Attributes;
  byCode(code: Code): Attributes;
}

/** Counts the attempts of one call; a call that nobody repeats is one attempt. */
export class CallAttempts implements AttemptSeries {
  readonly #labels: AttemptLabels;
  readonly #traffic: Traffic;
  #announced = false;
  #retries = 0;
  #transparent = 0;
  #hedges = 0;
  #delayMs = 0;
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor(labels: AttemptLabels, traffic: Traffic) {
    this.#labels = labels;
    this.#traffic = traffic;
    // Whether somebody will repeat the call is not known yet; the first attempt begins in any case.
    labels.instruments.started.add(1, labels.base);
  }

  heard(event: AttemptEvent): void {
    if (event.type === 'started') this.#start(event);
    else this.#end(event.status.code, event.durationMs / 1_000);
  }

  ended({ code }: Status, seconds: number): void {
    if (!this.#announced) this.#end(code, seconds);
    const { instruments, base, byCode } = this.#labels;
    const { repeats } = this.#traffic;
    if (repeats > 0) instruments.started.add(repeats, base);
    this.#transparent += repeats;
    instruments.duration.record(seconds, byCode(code));
    if (this.#retries > 0) instruments.retries.record(this.#retries, base);
    if (this.#transparent > 0) instruments.transparent.record(this.#transparent, base);
    if (this.#hedges > 0) instruments.hedges.record(this.#hedges, base);
    if (this.#retries + this.#transparent > 0) instruments.delay.record(this.#delayMs / 1_000, base);
  }

  #start({ number, hedge, transparent, delayMs }: AttemptEvent & { type: 'started' }): void {
    this.#announced = true;
    if (number === 1) return;
    const { instruments, base } = this.#labels;
    instruments.started.add(1, base);
    if (hedge) this.#hedges += 1;
    else if (transparent) this.#transparent += 1;
    else this.#retries += 1;
    // A hedge starts beside an attempt that is under way.
    if (!hedge) this.#delayMs += delayMs;
  }

  #end(code: Code, seconds: number): void {
    const { instruments, byCode } = this.#labels;
    const { sentBytes, receivedBytes } = this.#traffic;
    const attributes = byCode(code);
    instruments.attempt.record(seconds, attributes);
    // Bytes are counted for the call: each goes to the attempt that ended first after it.
    instruments.sent.record(sentBytes - this.#sentBytes, attributes);
    instruments.received.record(receivedBytes - this.#receivedBytes, attributes);
    this.#sentBytes = sentBytes;
    this.#receivedBytes = receivedBytes;
  }
}
