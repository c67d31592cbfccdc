import { checkOptions, checkPositive } from '../../core/options.ts';
import { CompileError, defineLanguage, type Language } from './language.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

export interface ScriptsOptions {
  /** Threads, at most. Default 2. */
  workers?: number;
  /** How long a run may take whose spec says nothing, milliseconds. Default 1,000. */
  timeoutMs?: number;
  /** The longest that a spec may say, milliseconds: a run holds its thread as long. Default 30,000, or `timeoutMs` when that is more. */
  maxTimeoutMs?: number;
  /** What one run may hold, bytes. Default 16 MiB. */
  memoryBytes?: number;
  /** Runs that may wait for a thread; more are refused. Default 1,000. */
  maxQueued?: number;
}

const optionNames = ['workers', 'timeoutMs', 'maxTimeoutMs', 'memoryBytes', 'maxQueued'] as const;

/**
 * JavaScript and TypeScript of people who are not trusted: each run is one call of the default export, in an engine of its own in another thread. They
 * share their threads.
 */
export function scripts(options: ScriptsOptions = {}): readonly [javascript: Language, typescript: Language] {
  checkOptions('scripts', options, optionNames);
  for (const name of optionNames) checkPositive(name, options[name]);
  const { workers = 2, timeoutMs = 1_000, memoryBytes = 16 * 1024 * 1024, maxQueued = 1_000 } = options;
  const { maxTimeoutMs = Math.max(30_000, timeoutMs) } = options;
  if (timeoutMs > maxTimeoutMs)
    throw new RangeError(`Cannot use timeoutMs ${timeoutMs}: wanted at most maxTimeoutMs, ${maxTimeoutMs}`);
  let sandbox: Sandbox | undefined;
  const language = (name: 'javascript' | 'typescript'): Language =>
    defineLanguage({
      name,
      // Threads and what runs in them are loaded when the first script is.
      async compile(code, given) {
        if (given.timeoutMs !== undefined && given.timeoutMs > maxTimeoutMs)
          throw new CompileError(
            `a run of ${given.timeoutMs} ms would hold its thread too long: wanted a timeout of at most ${maxTimeoutMs} ms`,
          );
        const { Sandbox } = await import('./sandbox/sandbox.ts');
        const { script } = await import('./sandbox/script.ts');
        sandbox ??= new Sandbox({ workers, memoryBytes, maxQueued });
        return await script(code, {
          sandbox,
          typescript: name === 'typescript',
          timeoutMs: given.timeoutMs ?? timeoutMs,
        });
      },
    });
  return [language('javascript'), language('typescript')];
}
