import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, createServer, type Service, silentLogger } from 'flowrpc';
import { createGraph, parseSpecs } from 'flowrpc/graph';
import { expect, onTestFinished } from 'vitest';
import { nodeArgs } from './flowrpc.ts';

/** A `flowrpc serve --config` that is up, until the test ends. */
export interface ConfiguredServe {
  readonly address: string;
  /** All that it wrote to stderr so far. */
  stderr(): string;
  /** The lines among it that are JSON. */
  log(): Readonly<Record<string, unknown>>[];
  /** Asks it to stop and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Serves `graph.yaml` of a folder by a config text, and waits until it does. */
export async function serveBy(
  dir: string,
  config: string,
  { args = [], env = {}, graph = 'graph.yaml', before = [] }: ServeByOptions = {},
): Promise<ConfiguredServe> {
  const file = join(dir, `config-${crypto.randomUUID()}.yaml`);
  await writeFile(file, config);
  const command = [...before, ...nodeArgs, 'serve', join(dir, graph), '--config', file, '--json', ...args];
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const closed = once(child, 'close').then(([code]) => code as number | null);
  await Promise.race([closed, expect.poll(() => stdout, { timeout: 60_000 }).toContain('\n')]);
  if (stdout === '') throw new Error(`serve ended: ${stderr}`);
  const { addresses } = JSON.parse(stdout) as { addresses: string[] };
  return {
    address: addresses[0]!,
    stderr: () => stderr,
    log: () =>
      stderr
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    stop: () => {
      child.kill('SIGTERM');
      return closed;
    },
  };
}

interface ServeByOptions {
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  graph?: string;
  /** For node itself. */
  before?: readonly string[];
}

/** Calls nodes of a graph as any client does, by the services that the same graph has here. */
export async function nodeClient(
  address: string,
  graph: string,
  options: Parameters<typeof connect>[1] = {},
): Promise<(node: string, payload: unknown, metadata?: Record<string, string>) => Promise<unknown>> {
  await using server = createServer({ logger: silentLogger });
  await using made = await createGraph({ ...parseSpecs(graph), server, logger: silentLogger });
  const services = new Map<string, Service>(made.nodes.map(({ service }) => [service, server.services.get(service)!]));
  const channel = connect(address, options);
  onTestFinished(() => channel.close());
  return (node, payload, metadata = {}) => {
    const client = channel.client(services.get(node)!) as unknown as {
      in(payload: unknown, options: object): Promise<unknown>;
    };
    return client.in(payload, { metadata, timeoutMs: 20_000 });
  };
}
