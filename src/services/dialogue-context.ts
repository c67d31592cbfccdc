import type { Cancellation } from '../core/cancellation.ts';
import type { Context, Peer } from '../core/context.ts';
import type { Key } from '../core/key.ts';
import { Metadata } from '../core/metadata.ts';
import type { Method } from '../core/method.ts';
import type { Dialogue } from './dialogue.ts';

/** What the requests of a dialogue have from the call it runs on. */
export type DialogueBase = Pick<Context, 'method' | 'side' | 'peer' | 'authority' | 'deadline' | 'get'>;

/**
 * What a handler sees of a request or notification. Peer and values are those of the call that the dialogue runs on; deadline, signal
 * and metadata are the request's own, and hold for calls and requests made in the handler.
 */
export interface DialogueContext extends Context {
  /** What was asked for. */
  readonly name: string;
  /** True when nobody waits for an answer. */
  readonly notification: boolean;
  /** To ask back. */
  readonly dialogue: Dialogue;
}

export interface DialogueContextInit {
  readonly base: DialogueBase;
  readonly dialogue: Dialogue;
  readonly name: string;
  readonly notification: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly cancellation: Cancellation;
}

export class RequestContext implements DialogueContext {
  readonly name: string;
  readonly notification: boolean;
  readonly dialogue: Dialogue;
  readonly metadata: Metadata;
  readonly #base: DialogueBase;
  readonly #cancellation: Cancellation;

  /** Throws a TypeError for metadata that could not have been sent as a header. */
  constructor({ base, dialogue, name, notification, metadata, cancellation }: DialogueContextInit) {
    this.name = name;
    this.notification = notification;
    this.dialogue = dialogue;
    this.metadata = new Metadata(metadata);
    this.#base = base;
    this.#cancellation = cancellation;
  }

  get method(): Method {
    return this.#base.method;
  }

  get side(): 'client' | 'server' {
    return this.#base.side;
  }

  get peer(): Peer {
    return this.#base.peer;
  }

  get authority(): string | undefined {
    return this.#base.authority;
  }

  get deadline(): number {
    return this.#cancellation.deadline;
  }

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  get<T>(key: Key<T>): T | undefined {
    return this.#base.get(key);
  }
}
