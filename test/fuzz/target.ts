import type { Mutation } from './mutation.ts';

/** What is fuzzed: one door that takes bytes of strangers. */
export interface FuzzTarget {
  /** Feeds it one input. Throws, or rejects, when it did what it never may. */
  run(input: Buffer): void | Promise<void>;
  /** Pieces of its language, for inputs to be made of. */
  readonly words?: readonly string[];
  /** Changes that leave an input well-formed. */
  readonly shape?: readonly Mutation[];
  /** Inputs between two looks at what code they reached. Default 128. */
  readonly batch?: number;
  /** Inputs that may run beside each other, for targets that mostly wait. Default 1. */
  readonly parallel?: number;
  close?(): Promise<void>;
}

/** Every target by its name, in the order in which they are run. */
export const targets: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  frames: async () => (await import('./targets/frames.ts')).frames(),
  headers: async () => (await import('./targets/headers.ts')).headers(),
  codec: async () => await (await import('./targets/codec.ts')).codec(),
  specs: async () => (await import('./targets/specs.ts')).specs(),
  expressions: async () => await (await import('./targets/expressions.ts')).expressions(),
  'command-line': async () => (await import('./targets/command-line.ts')).commandLine(),
  server: async () => await (await import('./targets/server.ts')).server(),
  client: async () => await (await import('./targets/client.ts')).client(),
  'http-server': async () => await (await import('./targets/http-server.ts')).httpServer(),
  'http-bodies': async () => (await import('./targets/http-bodies.ts')).httpBodies(),
};

/** The target of that name. */
export async function openTarget(name: string): Promise<FuzzTarget> {
  const open = targets[name];
  if (open === undefined) throw new Error(`Cannot fuzz "${name}": wanted one of ${Object.keys(targets).join(', ')}`);
  return await open();
}
