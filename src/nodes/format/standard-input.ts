import { detached } from '../../core/current.ts';
import { TextInput } from './text-input.ts';

let shared: TextInput | undefined;
let users = 0;
let stop = new AbortController();

/** The input of this process of the system, which all nodes share. Call `release` once it is not needed any more. */
export function standardInput(): { input: TextInput; release: () => void } {
  users += 1;
  shared ??= new TextInput(() => detached(next));
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    users -= 1;
    if (users > 0) return;
    stop.abort();
    stop = new AbortController();
  };
  return { input: shared, release };
}

const events = ['readable', 'end', 'close', 'error'] as const;

/** Listens only while somebody waits, so that it keeps no program alive otherwise. */
async function next(): Promise<Uint8Array | undefined> {
  const { stdin } = process;
  for (;;) {
    const chunk = stdin.read() as Buffer | string | null;
    if (chunk !== null) return typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const { signal } = stop;
    if (stdin.readableEnded || stdin.destroyed || signal.aborted) return undefined;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of events) stdin.off(event, done);
        signal.removeEventListener('abort', done);
        stdin.unref?.();
        resolve();
      };
      stdin.ref?.();
      for (const event of events) stdin.on(event, done);
      signal.addEventListener('abort', done, { once: true });
    });
    if (signal.aborted) return new Uint8Array();
  }
}
