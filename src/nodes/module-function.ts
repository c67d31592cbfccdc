import { access } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A function in a module file that the author of the spec trusts: it runs with all rights of this process. */
export interface ModuleFunction {
  /** Path, from the folder of the spec. */
  readonly module: string;
  /** Default `default`. */
  readonly export?: string | undefined;
}

/** Imports the module and takes the function out of it. Rejects with what to do when it cannot. */
export async function loadFunction(
  { module, export: name = 'default' }: ModuleFunction,
  baseDir: string,
): Promise<(...args: unknown[]) => unknown> {
  const path = isAbsolute(module) ? module : resolve(baseDir, module);
  let exports: Record<string, unknown>;
  try {
    exports = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`Cannot load module "${module}": ${adviceFor(cause, path)}`, { cause });
  }
  const found = Object.hasOwn(exports, name) ? exports[name] : undefined;
  if (typeof found === 'function') return found as (...args: unknown[]) => unknown;
  const known = Object.keys(exports).join(', ') || 'nothing';
  throw new Error(
    `Cannot load module "${module}": its export "${name}" is ${typeof found}, wanted a function (it exports ${known})`,
  );
}

/** Rejects when there is no such file. Nothing is imported. */
export async function findModule({ module }: ModuleFunction, baseDir: string): Promise<void> {
  const path = isAbsolute(module) ? module : resolve(baseDir, module);
  // Loaders of TypeScript take `./greet.js` for `./greet.ts`.
  for (const file of [path, path.replace(/js$/, 'ts')]) {
    const found = await access(file).then(
      () => true,
      () => false,
    );
    if (found) return;
  }
  throw new Error(`Cannot load module "${module}": there is no such file`);
}

function adviceFor(cause: unknown, path: string): string {
  const { code, message } = cause as { code?: string; message?: string };
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return 'this Node does not run TypeScript, start it with "node --import tsx" or write JavaScript';
  if (code === 'ERR_MODULE_NOT_FOUND' && message?.includes(path)) return 'there is no such file';
  return message ?? String(cause);
}
