import { Wiring } from './config-wiring.ts';
import type { Configured } from './configured.ts';

/**
 * What `--config FILE`, else the file that `FLOWRPC_CONFIG` names, and the other variables `FLOWRPC_…` stand for; without any, nothing but the
 * defaults. What it takes to read one is loaded only then.
 */
export async function readConfig(
  file: string | undefined = process.env.FLOWRPC_CONFIG || undefined,
): Promise<Configured> {
  if (file !== undefined || Object.keys(process.env).some((name) => name.startsWith('FLOWRPC_'))) {
    const [{ loadConfig }, { configured }] = await Promise.all([import('./config.ts'), import('./configured.ts')]);
    return configured(await loadConfig(file));
  }
  const wiring = new Wiring();
  return {
    config: {},
    interceptors: { server: [], nodes: [], edges: [] },
    server: {},
    wiring,
    problems: [],
    [Symbol.asyncDispose]: () => wiring.close(),
  };
}
