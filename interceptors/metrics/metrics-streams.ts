import type { Traffic } from 'flowrpc';
import type { CallSeries } from './metrics-dialect.ts';

/** What went over one stream, told in parts: a stream that lives for hours is not silent in the metrics until its end. */
export class StreamTraffic {
  readonly #series: readonly CallSeries[];
  readonly #traffic: Traffic;
  #told: Traffic = { sentMessages: 0, receivedMessages: 0, sentBytes: 0, receivedBytes: 0, repeats: 0 };

  constructor(series: readonly CallSeries[], traffic: Traffic) {
    this.#series = series;
    this.#traffic = traffic;
  }

  /** Tells what is new since the last time. */
  tell(): void {
    const { sentMessages, receivedMessages, sentBytes, receivedBytes, repeats } = this.#traffic;
    const told = this.#told;
    this.#told = { sentMessages, receivedMessages, sentBytes, receivedBytes, repeats };
    const moved: Traffic = {
      sentMessages: sentMessages - told.sentMessages,
      receivedMessages: receivedMessages - told.receivedMessages,
      sentBytes: sentBytes - told.sentBytes,
      receivedBytes: receivedBytes - told.receivedBytes,
      repeats: repeats - told.repeats,
    };
    for (const series of this.#series) series.moved?.(moved);
  }
}
