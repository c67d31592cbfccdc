import { Code } from '../core/code.ts';
import { maxTimerMs } from '../core/deadline.ts';
import type { AnsweringFiles } from './answering-files.ts';
import { refusal } from './store-error.ts';

export interface OpeningOptions {
  readonly directory: string;
  readonly stallMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Gives up files that do not answer for so long, or when the signal aborts. Returns what ends that. */
export function guardOpening(files: AnsweringFiles, { directory, stallMs, signal }: OpeningOptions): () => void {
  const aborted = (): void => files.giveUp(signal?.reason);
  if (signal?.aborted) aborted();
  signal?.addEventListener('abort', aborted, { once: true });
  const heard = files.onSilence(Math.min(stallMs, maxTimerMs), (path = directory) => {
    const message = `Cannot open store "${directory}": "${path}" has not answered for ${stallMs} ms`;
    files.giveUp(refusal(Code.UNAVAILABLE, 'STALLED', message));
  });
  return () => {
    heard();
    signal?.removeEventListener('abort', aborted);
  };
}
