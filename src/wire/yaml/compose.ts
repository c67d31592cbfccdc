import { Composer, type Document, type Parser } from 'yaml';

type CstToken = ReturnType<Parser['next']> extends Generator<infer Token> ? Token : never;

/** What is wrong with a text, and at which offset. */
export interface TextFault {
  readonly message: string;
  readonly at: number;
}

/** Where the composer says that something is wrong. */
type Source = number | readonly [number, number, number?] | { readonly offset: number };

interface Told {
  onError?: (source: Source, code: unknown, message: string, warning?: boolean) => void;
}

/**
 * The documents that tokens make. `faults` instead, once there are more than `maxFaults`. Symptom: yaml 2.9.1 takes many seconds for a text of a
 * megabyte that is wrong all over. Cause: it goes on after each fault, and makes an error of it. May go when it can be told to stop.
 */
export function composed(
  tokens: Iterable<CstToken>,
  { length, maxFaults }: { length: number; maxFaults: number },
): { documents: readonly Document[]; faults?: readonly TextFault[] } {
  const composer = new Composer(options);
  const told = composer as unknown as Told;
  const { onError } = told;
  const faults: TextFault[] = [];
  if (onError !== undefined) {
    told.onError = (source, code, message, warning) => {
      if (warning) return;
      if (faults.length > maxFaults) throw enough;
      faults.push({ message, at: offsetOf(source) });
      onError(source, code, message);
    };
  }
  try {
    return { documents: [...composer.compose(tokens, false, length)] };
  } catch (thrown) {
    if (thrown !== enough) throw thrown;
    return { documents: [], faults };
  }
}

const enough = new Error('there are faults enough');

function offsetOf(source: Source): number {
  if (typeof source === 'number') return source;
  return 'offset' in source ? source.offset : source[0];
}

const options = {
  schema: 'core',
  strict: true,
  merge: false,
  intAsBigInt: true,
  prettyErrors: false,
  logLevel: 'silent',
  // Its check compares every pair of keys; ours is linear.
  uniqueKeys: false,
} as const;
