import { connect, createServer, inProcess, type Server, type ServerOptions, StatusError, silentLogger } from 'flowrpc';
import {
  type Dialogue,
  type DialogueOptions,
  type Dialogues,
  type DialoguesOptions,
  dialogues,
  type OpenDialogueOptions,
  openDialogue,
} from 'flowrpc/services';
import { expect, vi } from 'vitest';
import { gate } from '../suites/gate.ts';
import type { ways } from './fixture.ts';

/** A dialogue between a server and a client of one process. */
export interface Pair extends AsyncDisposable {
  readonly server: Server;
  readonly module: Dialogues;
  /** The server's side. */
  readonly there: Dialogue;
  /** The client's side. */
  readonly here: Dialogue;
}

export async function pair(
  way: (typeof ways)[number],
  {
    server: mine = {},
    client = {},
    options,
  }: { server?: DialoguesOptions; client?: OpenDialogueOptions; options?: ServerOptions } = {},
): Promise<Pair> {
  const opened = gate<Dialogue>();
  const module = dialogues({
    ...mine,
    onOpen: (dialogue) => {
      opened.open(dialogue);
      return mine.onOpen?.(dialogue);
    },
  });
  const server = createServer({ logger: silentLogger, ...options }).add(module);
  const channel = connect(way === 'socket' ? (await server.listen('127.0.0.1:0')).address : inProcess(server));
  const here = openDialogue(channel, { logger: silentLogger, ...client });
  const there = await opened.promise;
  return {
    server,
    module,
    here,
    there,
    [Symbol.asyncDispose]: async () => {
      await here.close({ graceMs: 0 });
      await channel.close();
      await server.close({ graceMs: 0 });
    },
  };
}

/** Nothing waits and nothing runs on that side. */
export const settled = (dialogue: Dialogue): Promise<void> =>
  vi.waitFor(() => expect(dialogue.stats).toMatchObject({ pending: 0, handling: 0, waiting: 0 }));

/** The code that a promise rejects with; what it resolves with as `{ value }`. */
export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ value }),
    (error) => (error instanceof StatusError ? error.code : error),
  );

export const echo: DialogueOptions = { handlers: { echo: (payload) => payload } };
