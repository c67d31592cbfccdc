import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Has V8 collect all garbage now, which stops the process for as long as that takes. Node offers it by `--expose-gc` alone: without, a
 * context made while the flag is set has it.
 */
export function collectGarbage(): void {
  collect ??= globalThis.gc ?? exposed();
  collect();
}

function exposed(): () => void {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as () => void;
  } catch {
    // A process that allows no such thing goes by what V8 collects itself.
    return () => {};
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
