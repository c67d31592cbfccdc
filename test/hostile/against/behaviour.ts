import { Code } from 'flowrpc';

/** What handlers saw and made, but for those of the neighbour. */
export const counted = { started: 0, cancelled: 0, produced: 0 };

export const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** 10 KB of text that is kept nowhere else. */
export const bulk = (): string => Buffer.alloc(10_000, (counted.produced % 90) + 32).toString('latin1');

/** What a status or a throw is for each text of a request; all sides get the same. */
const failures: Readonly<Record<string, () => unknown>> = {
  'detail-long': () => ({ code: Code.NOT_FOUND, details: 'm'.repeat(100_000) }),
  surrogate: () => ({ code: Code.ABORTED, details: '\ud800' }),
  controls: () => ({ code: Code.ABORTED, details: 'a\r\nb\0c\u007f\u{1f600}' }),
  secret: () => new Error('connect ECONNREFUSED postgres://user:hunter2@db'),
  throws: () => new Error('thrown'),
  'throws-null': () => null,
};

/** How a handler fails for a text; undefined when it does not. */
export function failureOf(text: string): unknown {
  return failures[text === 'surrogate-later' ? 'surrogate' : text]?.();
}
