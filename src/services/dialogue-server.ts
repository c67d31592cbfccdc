import { callOf } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Code, type ErrorCode } from '../core/code.ts';
import type { HandlerContext, Interceptor } from '../core/context.ts';
import type { Methods } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { maskedStatus } from '../core/outcome.ts';
import { type Status, statusFrom } from '../core/status.ts';
import { statusOf } from '../core/status-error.ts';
import type { Handlers } from '../server/handlers.ts';
import type { AddOptions, ServerHost, ServiceModule } from '../server/service-module.ts';
import {
  type Dialogue,
  type DialogueHandlers,
  type DialogueOptions,
  type DialogueSettings,
  dialogueOptionNames,
  dialogueSettings,
} from './dialogue.ts';
import { RawDialogue, type RawFrame } from './dialogue-frame.ts';
import { DialogueStream } from './dialogue-stream.ts';

export interface DialoguesOptions<Theirs extends DialogueHandlers = DialogueHandlers> extends DialogueOptions {
  /** Called for each dialogue that a client opens, before its first request is handled. What it throws ends that dialogue. */
  onOpen?: (dialogue: Dialogue<Theirs>) => void | Promise<void>;
  /** For dialogues only; inside the server's own. */
  interceptors?: readonly Interceptor[];
}

/** `flowrpc.v1.Dialogue` for `server.add()`, and the dialogues that clients have open. */
export interface Dialogues<Theirs extends DialogueHandlers = DialogueHandlers> extends ServiceModule {
  /** Those that are open, the oldest first. */
  list(): Dialogue<Theirs>[];
  /** Those that came over one connection: `server.sessions` has the ids. */
  ofSession(id: string): Dialogue<Theirs>[];
}

/**
 * Lets clients open dialogues: `server.add(dialogues({ handlers }))`. When the server closes, each takes no more requests and ends
 * with OK once those under way are answered.
 */
export function dialogues<Theirs extends DialogueHandlers = DialogueHandlers>({
  onOpen,
  interceptors,
  ...options
}: DialoguesOptions<Theirs> = {}): Dialogues<Theirs> {
  checkOptions('dialogues', options, [...dialogueOptionNames, 'onOpen', 'interceptors']);
  return new ServerDialogues(
    dialogueSettings(options),
    onOpen as DialoguesOptions['onOpen'],
    interceptors,
  ) as Dialogues<Theirs>;
}

type OpenHandlers = Handlers<(typeof RawDialogue)['methods']>;

class ServerDialogues implements Dialogues {
  readonly service = RawDialogue;
  readonly handlers = {
    open: (frames: AsyncIterable<RawFrame>, context: HandlerContext) => this.#open(frames, context),
  } satisfies OpenHandlers as Handlers<Methods>;
  readonly options: AddOptions;
  readonly #settings: DialogueSettings;
  readonly #onOpen: DialoguesOptions['onOpen'];
  readonly #dialogues = new Set<DialogueStream>();
  #host: ServerHost | undefined;

  constructor(
    settings: DialogueSettings,
    onOpen: DialoguesOptions['onOpen'],
    interceptors: readonly Interceptor[] | undefined,
  ) {
    this.#settings = settings;
    this.#onOpen = onOpen;
    // Heartbeats tell a quiet client from one that is gone.
    this.options = { interceptors, streamIdleMs: Number.POSITIVE_INFINITY };
  }

  attach = (host: ServerHost): (() => void) => {
    if (this.#host !== undefined)
      throw new TypeError('Cannot add dialogues to a second server: call dialogues() for each');
    this.#host = host;
    const unwatch = host.watch(({ type }) => {
      // The server waits for calls under way, and cuts what takes too long.
      if (type === 'draining')
        for (const dialogue of this.list()) void dialogue.close({ graceMs: Number.POSITIVE_INFINITY });
    });
    return () => {
      unwatch();
      this.#host = undefined;
    };
  };

  list(): Dialogue[] {
    return [...this.#dialogues];
  }

  ofSession(id: string): Dialogue[] {
    return this.list().filter(({ context }) => context?.peer.session?.id === id);
  }

  #open(frames: AsyncIterable<RawFrame>, context: HandlerContext): AsyncIterable<RawFrame> {
    const dialogue = serverStream(this.#settings, context);
    this.#dialogues.add(dialogue);
    void dialogue.closed.then(() => this.#dialogues.delete(dialogue));
    // A client behind a proxy learns that it is there before anybody has something to say.
    context.sendHeader();
    void this.#run(dialogue, frames, context);
    return dialogue.outbox;
  }

  async #run(dialogue: DialogueStream, frames: AsyncIterable<RawFrame>, context: HandlerContext): Promise<void> {
    const failed = (thrown: unknown): void => dialogue.finish(maskedOf(context, thrown));
    try {
      // Not awaited: it may ask the client, whose answers are read below.
      this.#onOpen?.(dialogue)?.catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
    dialogue.heartbeat.start();
    await dialogue.read(frames);
    dialogue.leave();
  }
}

function serverStream(settings: DialogueSettings, context: HandlerContext): DialogueStream {
  const dialogue = new DialogueStream(settings, {
    base: context,
    context,
    endsCall: true,
    mask: (thrown) => maskedOf(context, thrown),
    // The call is cancelled rather than asked: its handler may be stuck behind a frame that nobody reads.
    abort: ({ code, message }) =>
      callOf(context)?.cancellation.cancel(new CancelReason('limit', message, { code: code as ErrorCode })),
  });
  const onAbort = (): void => dialogue.finish(statusOf(context.signal.reason));
  context.signal.addEventListener('abort', onAbort, { once: true });
  void dialogue.closed.then(() => context.signal.removeEventListener('abort', onAbort));
  // The signal says nothing of a call that ended by itself.
  const exchange = callOf(context)?.exchange;
  const over = (): void => dialogue.finish(statusFrom(Code.CANCELLED, 'The call of the dialogue ended'));
  if (exchange !== undefined) (exchange.derived ??= []).push({ close: over });
  if (context.signal.aborted) onAbort();
  return dialogue;
}

function maskedOf(context: HandlerContext, thrown: unknown): Status {
  const call = callOf(context);
  return call === undefined ? statusOf(thrown) : maskedStatus(call, thrown);
}
