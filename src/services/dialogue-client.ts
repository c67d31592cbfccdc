import type { CallOptions } from '../client/call-options.ts';
import type { Channel } from '../client/connect.ts';
import { Code } from '../core/code.ts';
import { checkOptions } from '../core/options.ts';
import { type Status, statusFrom } from '../core/status.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { WrongResponse } from '../core/wrong-response.ts';
import { jsonLogger, type Logger } from '../observability/logger.ts';
import {
  type Dialogue,
  type DialogueHandlers,
  type DialogueOptions,
  dialogueOptionNames,
  dialogueSettings,
} from './dialogue.ts';
import { RawDialogue } from './dialogue-frame.ts';
import { DialogueStream } from './dialogue-stream.ts';

/** What the call that carries the dialogue may say for itself. */
type OpenOptions = Pick<CallOptions, 'metadata' | 'signal' | 'waitForReady' | 'compression' | 'values' | 'parent'>;

export interface OpenDialogueOptions extends DialogueOptions, OpenOptions {
  /** Where failures of handlers go that the server must not see. Default: JSON lines on stderr. */
  logger?: Logger;
}

const callNames = ['metadata', 'signal', 'waitForReady', 'compression', 'values', 'parent'];

/**
 * Opens a dialogue with a server that has `dialogues()`. Requests may be made at once; they wait for the connection. It does not open
 * itself again: when `closed` settles, open another one.
 */
export function openDialogue<Theirs extends DialogueHandlers = DialogueHandlers>(
  channel: Channel,
  { logger = jsonLogger(), ...options }: OpenDialogueOptions = {},
): Dialogue<Theirs> {
  checkOptions('openDialogue', options, [...dialogueOptionNames, ...callNames, 'logger']);
  const { metadata, signal, waitForReady, compression, values, parent, ...own } = options;
  const { open } = RawDialogue.methods;
  const dialogue = new DialogueStream(dialogueSettings(own), {
    base: {
      method: open,
      side: 'client',
      peer: { address: channel.target },
      deadline: Number.POSITIVE_INFINITY,
      get: (key) => key.initial,
    },
    context: undefined,
    endsCall: false,
    mask: (thrown) => masked(thrown, logger),
    abort: ({ message }) => call.cancel(message),
  });
  const call = channel
    .client(RawDialogue)
    .open(dialogue.outbox, { metadata, signal, waitForReady, compression, values, parent });
  void dialogue.read(call);
  void call.status.then((status) => dialogue.finish(status));
  listen(channel, dialogue);
  return dialogue as unknown as Dialogue<Theirs>;
}

/** Heartbeats begin with the connection: before that there is nobody to be silent. */
function listen(channel: Channel, dialogue: DialogueStream): void {
  const over = new AbortController();
  void dialogue.closed.then(() => over.abort());
  channel.ready({ signal: over.signal }).then(
    () => {
      if (!over.signal.aborted) dialogue.heartbeat.start();
    },
    () => {},
  );
}

/** As on servers: the other side sees StatusErrors, and of anything else an id. */
function masked(thrown: unknown, logger: Logger): Status {
  const own = thrown instanceof StatusError;
  if (own && (thrown.path === undefined || thrown.origin === 'peer')) return statusOf(thrown);
  const errorId = crypto.randomUUID().slice(0, 8);
  logger.error('handler of a dialogue failed with an error that is not a status', { errorId, error: thrown });
  if (own) return statusFrom(thrown.code, `Call to ${thrown.path} failed (error id ${errorId})`);
  const code = thrown instanceof WrongResponse ? Code.INTERNAL : Code.UNKNOWN;
  return statusFrom(code, `Internal error (error id ${errorId})`);
}
