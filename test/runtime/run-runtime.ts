import { type Logger, silentLogger } from 'flowrpc';
import { createKinds, defineKind, type NodeKind, oneToOne } from 'flowrpc/nodes';
import { createRuntime, type Runtime, type RuntimeOptions } from 'flowrpc/runtime';
import { fileStore, memoryStore, type Store } from 'flowrpc/stores';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../stores/temporary-folder.ts';

/** Ways to open an empty store. */
export const openings: readonly (readonly [string, () => Promise<Store>])[] = [
  ['memoryStore()', async () => memoryStore()],
  ['fileStore()', async () => fileStore(await temporaryFolder(), { settleMs: 5 })],
];

/** What nodes of the kinds below did: `setup a`, `close a`. */
export type Journal = string[];

/** `say` answers with its text, `pass` sends on what it gets; both write down when they are set up and closed. */
export function journalled(journal: Journal): NodeKind[] {
  const open = (name: string): { close: () => void } => {
    journal.push(`setup ${name}`);
    return { close: () => void journal.push(`close ${name}`) };
  };
  return [
    defineKind({
      kind: 'say',
      spec: z.object({ text: z.string() }),
      setup: ({ text }, { node }) => ({ ...oneToOne(() => text), ...open(node.name ?? node.service) }),
    }),
    defineKind({
      kind: 'pass',
      setup: (_, { node }) => ({ ...oneToOne((payload) => payload), ...open(node.name ?? node.service) }),
    }),
  ];
}

export interface Running {
  readonly runtime: Runtime;
  readonly specs: Store;
  readonly values: Store;
  readonly journal: Journal;
  /** Messages and fields of what was logged. */
  readonly logged: [string, object | undefined][];
}

/** A runtime over stores of its own, all closed with the test. */
export async function runRuntime(
  open: () => Promise<Store> = async () => memoryStore(),
  options: RuntimeOptions = {},
): Promise<Running> {
  const { specs = await open(), values = await open() } = options;
  const journal: Journal = [];
  const logged: Running['logged'] = [];
  const log = (message: string, fields?: object): void => void logged.push([message, fields]);
  const logger: Logger = { ...silentLogger, warn: log, error: log };
  const kinds = createKinds(...journalled(journal));
  const runtime = await createRuntime({ kinds, logger, ...options, specs, values });
  onTestFinished(async () => {
    await runtime.close({ graceMs: 100 });
    await specs.close();
    await values.close();
  });
  return { runtime, specs, values, journal, logged };
}

/** `ports` with one edge from `out` to the `in` of a node. */
export function outTo(name: string): object {
  return { ports: { out: [{ name, port: 'in' }] } };
}

/** The status of each node by its service, with the reason why it is inactive. */
export function statuses(runtime: Runtime): Record<string, string> {
  return Object.fromEntries(
    runtime.nodes.map(({ service, status, reason }) => [
      service,
      reason === undefined ? status : `${status}: ${reason}`,
    ]),
  );
}

export const poll = { timeout: 10_000, interval: 5 };
