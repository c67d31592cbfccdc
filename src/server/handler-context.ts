import { type CallNode, callBehind } from '../core/call.ts';
import type { HandlerContext, Peer } from '../core/context.ts';
import type { Key } from '../core/key.ts';
import { Metadata, type ReadonlyMetadata } from '../core/metadata.ts';
import type { Method } from '../core/method.ts';

/** A call as its handler sees it. Header and trailer are made on first use. */
export class CallContext implements HandlerContext {
  readonly #call: CallNode;
  #header: Metadata | undefined;
  #trailer: Metadata | undefined;
  readonly side = 'server';

  constructor(call: CallNode) {
    this.#call = call;
  }

  get [callBehind](): CallNode {
    return this.#call;
  }

  get method(): Method {
    return this.#call.method;
  }

  get peer(): Peer {
    return this.#call.peer;
  }

  get authority(): string | undefined {
    return this.#call.authority;
  }

  get deadline(): number {
    return this.#call.deadline;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get metadata(): ReadonlyMetadata {
    return this.#call.metadata;
  }

  get header(): Metadata {
    return (this.#header ??= new Metadata());
  }

  get trailer(): Metadata {
    return (this.#trailer ??= new Metadata());
  }

  /** A getter, so that `{ sendHeader }` can be taken out of the context. */
  get sendHeader(): () => void {
    return () => {
      this.submitHeader();
      this.#call.flush();
    };
  }

  get<T>(key: Key<T>): T | undefined {
    return this.#call.get(key);
  }

  /** Hands the collected header to the call, once; called before the first message and at the end. */
  submitHeader(): void {
    const header = this.#header;
    if (header === undefined || header.size === 0) return;
    this.#header = undefined;
    this.#call.sendHeader(header);
  }

  /** The trailer, when the handler set one. */
  get collectedTrailer(): Metadata | undefined {
    return this.#trailer !== undefined && this.#trailer.size > 0 ? this.#trailer : undefined;
  }
}
