import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createSocket } from 'node:net';
import { dirname, join } from 'node:path';
import { createServer, silentLogger } from 'flowrpc';
import { formatProblems, hasErrors } from 'flowrpc/graph';
import { createRuntime } from 'flowrpc/runtime';
import { health, reflection } from 'flowrpc/services';
import { onTestFinished } from 'vitest';
import { readServedFiles } from '../../src/cli/serve-files.ts';
import { ServedStores } from '../../src/cli/serve-stores.ts';
import type { ShownGraph } from './page.ts';

/** Inside the repository, so that modules of pages may import the package; never in git. */
const folder = '.tools/docs-kinds';

/** What pages call the address of the graph that they show. */
const shownPort = 50_051;

/** A text with the ports that a page shows replaced by those that were free. */
export type Replace = (text: string) => string;

/** Serves a graph of a page, as `flowrpc serve` does, until the test ends. */
export async function servePage(graph: ShownGraph): Promise<Replace> {
  const server = createServer({ logger: silentLogger }).add(health()).add(reflection());
  onTestFinished(async () => void (await server.close({ graceMs: 100 })));
  const { port } = await server.listen('127.0.0.1:0');
  const replace = await replacing(graph, port);
  const { specs, values } = written(graph, replace);
  const served = await readServedFiles({ specs: [specs], values }, undefined);
  const stores = await ServedStores.open(undefined);
  onTestFinished(() => stores.close());
  const refused = await stores.take(served);
  if (refused.length > 0) throw new Error(refused.join('\n'));
  const runtime = await createRuntime({
    namespace: '*',
    specs: stores.specs,
    values: stores.values,
    server,
    logger: silentLogger,
  });
  onTestFinished(() => runtime.close({ graceMs: 100 }));
  await runtime.load();
  if (hasErrors(runtime.problems)) throw new Error(formatProblems(runtime.problems));
  await runtime.watch();
  return replace;
}

/** Writes the graph, and the files that it refers to, into a folder of its own that goes with the test. */
export function written(
  { yaml, files }: ShownGraph,
  replace: Replace = (text) => text,
): { specs: string; values: string[] } {
  mkdirSync(folder, { recursive: true });
  const dir = mkdtempSync(join(folder, 'graph-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const path = join(dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, replace(text));
    return path;
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    specs: write('graph.yaml', yaml),
    values: files['values.yaml'] === undefined ? [] : [join(dir, 'values.yaml')],
  };
}

/** Every port of the graph's listeners by a free one, wherever it is written as one; the server's by its own. */
async function replacing({ yaml }: ShownGraph, own: number): Promise<Replace> {
  const shown = [...yaml.matchAll(/\bport: *['"]?(\d{2,5})\b/g)].map(([, port]) => Number(port));
  const ports = new Map([[shownPort, own]]);
  for (const port of new Set(shown)) if (port !== shownPort) ports.set(port, await freePort());
  return (text) =>
    text.replaceAll(/(\bport: *['"]?|(?:localhost|127\.0\.0\.1):)(\d{2,5})\b/g, (all, before: string, port: string) => {
      const free = ports.get(Number(port));
      return free === undefined ? all : `${before}${free}`;
    });
}

async function freePort(): Promise<number> {
  const socket = createSocket().listen(0, '127.0.0.1');
  await new Promise((resolve) => socket.once('listening', resolve));
  const { port } = socket.address() as { port: number };
  await new Promise((resolve) => socket.close(resolve));
  return port;
}
