import { Wiring } from './config-wiring.ts';
import type { Configured } from './configured.ts';

/** What `--config FILE` stands for; without it, nothing but the defaults. What it takes to read one is loaded only then. */
export async function readConfig(file: string | undefined): Promise<Configured> {
  if (file !== undefined) {
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
