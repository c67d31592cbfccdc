import { isDeepStrictEqual } from 'node:util';
import type { StatusError } from '../core/status-error.ts';
import { Needles } from './needles.ts';
import { redactStatus, redactWithin } from './redact-within.ts';
import { formsOf } from './secret-forms.ts';

/** What stands where a secret stood. */
export const mask = '[redacted]';

/** Shorter texts and numbers are too common to be looked for inside of others. */
const shortestText = 6;
const shortestNumber = 8;
const shortestAlone = 2;
const plainWords: ReadonlySet<string> = new Set(['true', 'false', 'null', 'none']);
const quoted = /"([^"\\]{2,5})"/g;

/**
 * Knows what must not be shown, and takes it out of texts and values. Texts of 6 characters or more, and numbers of 8 digits, are found anywhere:
 * as they are, cut, one line of several, JSON- or URL-encoded, in base64 and hex. Shorter texts are masked where they stand alone: a whole
 * value, or in double quotes. White space around a secret, and base64 that it is written in, hide nothing.
 */
export class Secrets {
  readonly #leaves: ReadonlySet<string>;
  readonly #alone: ReadonlySet<string>;
  #needles: Needles | undefined;

  private constructor(leaves: ReadonlySet<string>) {
    this.#leaves = leaves;
    const short = [...leaves].flatMap((leaf) => [leaf, leaf.trim()]).filter((leaf) => leaf.length < shortestText);
    this.#alone = new Set(short.filter(isSecret));
  }

  /** The secrets that these values hold, at any depth; undefined when there are none, so that nobody has to look. */
  static of(values: Iterable<unknown>): Secrets | undefined {
    const leaves = new Set<string>();
    const seen = new Set<object>();
    const open: unknown[] = [...values];
    while (open.length > 0) {
      const value = open.pop();
      if (typeof value !== 'object' || value === null) {
        if (isSecret(value)) leaves.add(String(value));
      } else if (!seen.has(value)) {
        seen.add(value);
        for (const inner of Object.values(value)) open.push(inner);
      }
    }
    return leaves.size === 0 ? undefined : new Secrets(leaves);
  }

  /** All of them together; the very one when there is only one, and `before` when that has the same. */
  static union(all: Iterable<Secrets | undefined>, before?: Secrets): Secrets | undefined {
    const distinct = [...new Set(all)].filter((one) => one !== undefined);
    if (distinct.length < 2) return distinct[0];
    const leaves = new Set(distinct.flatMap((one) => [...one.#leaves]));
    // What it looks for is made with its first text, and that takes time.
    return before !== undefined && isDeepStrictEqual(before.#leaves, leaves) ? before : new Secrets(leaves);
  }

  /** The text without secrets; the same text when it has none. */
  redact(text: string): string {
    if (this.#alone.has(text)) return mask;
    const found = (this.#needles ??= needlesOf(this.#leaves)).replace(text, mask);
    if (this.#alone.size === 0) return found;
    return found.replace(quoted, (whole, inner: string) => (this.#alone.has(inner) ? `"${mask}"` : whole));
  }

  /** A copy of the value without secrets in texts, keys, bytes and errors; the same value when it has none. */
  redactValue(value: unknown): unknown {
    return redactWithin(value, (text) => this.redact(text));
  }

  /** The error without secrets in message, details and cause; the same error when it has none. */
  redactError(error: StatusError): StatusError {
    return redactStatus(error, (text) => this.redact(text));
  }
}

/** Made when first needed: most secrets are never looked for. */
function needlesOf(leaves: ReadonlySet<string>): Needles {
  const long = [...leaves].filter((leaf) => leaf.length >= shortestText);
  return new Needles(long.flatMap((leaf) => [...formsOf(leaf)]).filter((form) => !mask.includes(form)));
}

function isSecret(value: unknown): boolean {
  if (typeof value === 'string') return value.length >= shortestAlone && !plainWords.has(value.toLowerCase());
  return (typeof value === 'number' || typeof value === 'bigint') && String(value).length >= shortestNumber;
}
