import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The service that all contenders speak. Benches are run from the root of the repository. */
export const echoProto = resolve('bench/echo.proto');

/** A program in `workers/`, run as the bench itself is: compiled, as users run the package, or from source. */
export function worker(name: string): { readonly path: string; readonly execArgv: string[] } {
  const compiled = import.meta.url.endsWith('.js');
  const path = fileURLToPath(new URL(`workers/${name}.${compiled ? 'js' : 'ts'}`, import.meta.url));
  return { path, execArgv: compiled ? [] : ['--import', 'tsx'] };
}
