import { type CallNode, callBehind } from '../core/call.ts';
import type { HandlerContext, Peer } from '../core/context.ts';
import type { Key } from '../core/key.ts';
import type { LateAnswer } from '../core/late-answer.ts';
import { Metadata, type ReadonlyMetadata } from '../core/metadata.ts';
import type { Method } from '../core/method.ts';

/** A call as its handler sees it. Header and trailer are made on first use. */
export class CallContext implements HandlerContext {
  readonly #call: CallNode;
  #header: Metadata | undefined;
  #trailer: Metadata | undefined;
  /** What of the header was handed on. */
  #submitted: Metadata | undefined;
  /** The one response, once the handler gave it, whether somebody got it or not. */
  answer: unknown;
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
    this.#submitted = this.#submitted === undefined ? header : this.#submitted.clone().merge(header);
    this.#call.sendHeader(header);
  }

  /** The answer with header and trailer, for a handler that gave it too late; undefined when it gave none. */
  get lateAnswer(): LateAnswer | undefined {
    if (this.answer === undefined) return undefined;
    const header = new Metadata();
    for (const part of [this.#submitted, this.#header]) if (part !== undefined) header.merge(part);
    return { header, message: this.answer, trailer: new Metadata(this.#trailer) };
  }

  /** Takes header and trailer of an answer that another handler gave, as if this one had; gives its message. */
  repeat({ header, message, trailer }: LateAnswer): unknown {
    if (header.size > 0) this.header.merge(header);
    if (trailer.size > 0) this.trailer.merge(trailer);
    return message;
  }

  /** The trailer, when the handler set one. */
  get collectedTrailer(): Metadata | undefined {
    return this.#trailer !== undefined && this.#trailer.size > 0 ? this.#trailer : undefined;
  }
}
