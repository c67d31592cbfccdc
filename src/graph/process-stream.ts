import type { StreamCall } from '../client/stream-call.ts';
import type { CancelReason } from '../core/cancel-reason.ts';
import type { Cancellation } from '../core/cancellation.ts';
import { Code, type ErrorCode } from '../core/code.ts';
import type { ReadonlyMetadata } from '../core/metadata.ts';
import type { Status } from '../core/status.ts';
import { StatusError } from '../core/status-error.ts';
import type { Packet } from '../nodes/packet.ts';
import { errorDomain, type Reply } from '../nodes/reply.ts';
import { errorInfo } from '../wire/error-details.ts';
import { PacketFeed, type Sent } from './packet-feed.ts';

export interface ProcessStreamInit {
  /** Packets that may be unanswered. */
  readonly window: number;
  /** Service that is called, and how messages name it. */
  readonly service: string;
  readonly label: string;
  open(requests: AsyncIterable<unknown>): StreamCall<unknown>;
  reply(message: unknown): Reply;
  onHeader(header: ReadonlyMetadata): void;
  onEnd(status: Status): void;
}

/** All packets that one process sends along one edge, as one call: its half-close is the process's good end, its reset the bad one. */
export class ProcessStream {
  readonly #init: ProcessStreamInit;
  readonly #feed: PacketFeed;
  readonly #call: StreamCall<unknown>;
  readonly #over: Promise<Status>;
  #ended: Status | undefined;
  #replies = 0;
  #kept = false;

  constructor(init: ProcessStreamInit) {
    this.#init = init;
    this.#feed = new PacketFeed(init.window);
    this.#call = init.open(this.#feed);
    this.#call.header.then(init.onHeader);
    this.#over = this.#read();
  }

  /** How it ended; undefined while it goes on. */
  get ended(): Status | undefined {
    return this.#ended;
  }

  /** Ended without a word, since the peer has no such stream. */
  get missing(): boolean {
    return this.#ended?.code === Code.UNIMPLEMENTED && this.#ended.origin === 'peer' && this.#replies === 0;
  }

  /** Sends a packet in its turn. Never rejects: what goes wrong is an Error as reply, and so is the end of what bounds it. */
  send(packet: Packet, message: unknown, bounds: Cancellation): Promise<Reply> {
    return new Promise((resolve) => {
      const sent: Sent = {
        packet,
        message,
        settle: (reply) => {
          bounds.off(onCancel);
          resolve(reply);
        },
      };
      const onCancel = (reason: CancelReason): void => {
        this.#feed.withdraw(sent);
        sent.settle(reason);
      };
      if (this.#ended !== undefined) return resolve(this.#lost(this.#ended));
      bounds.on(onCancel);
      if (bounds.reason === undefined) this.#feed.push(sent);
    });
  }

  /** Ends with the process. Gives what failed on the other side as that ended well here, or took longer than `exitMs`. */
  async finish(error: Error | undefined, exitMs: number): Promise<StatusError | undefined> {
    if (error !== undefined) {
      this.#call.cancel(error);
      await this.#over;
      return undefined;
    }
    // Who got nothing but errors knows; who got an answer relies on what is gone now.
    if (this.#ended !== undefined) return this.#kept ? this.#lost(this.#ended) : undefined;
    this.#feed.close();
    let late: StatusError | undefined;
    const cut = (): void => {
      late = new StatusError(Code.DEADLINE_EXCEEDED, `${this.#init.label} did not end the process within ${exitMs} ms`);
      this.#call.cancel(late);
    };
    const timer = exitMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(cut, exitMs).unref();
    const status = await this.#over;
    clearTimeout(timer);
    return late ?? (status.code === Code.OK ? undefined : StatusError.of(status, this.#init.label));
  }

  async #read(): Promise<Status> {
    try {
      for await (const message of this.#call) this.#answer(message);
    } catch {
      // The status says it.
    }
    const status = await this.#call.status;
    this.#ended = status;
    const { unanswered, unsent } = this.#feed.end();
    for (const { settle } of unanswered) settle(status.unseen ? StatusError.of(status) : this.#dropped(status));
    for (const { settle } of unsent) settle(status.unseen ? StatusError.of(status) : this.#lost(status));
    this.#init.onEnd(status);
    return status;
  }

  #answer(message: unknown): void {
    const sent = this.#feed.answered();
    if (sent === undefined)
      throw new StatusError(Code.INTERNAL, `${this.#init.label} gave more replies than it got packets`);
    this.#replies += 1;
    let reply: Reply;
    try {
      reply = this.#init.reply(message);
    } catch (thrown) {
      reply = thrown;
    }
    if (!(reply instanceof Error)) this.#kept = true;
    sent.settle(reply);
  }

  /** For a packet that was sent: nobody knows whether it was executed. */
  #dropped({ code, message, lost }: Status): StatusError {
    const { label, service } = this.#init;
    return failure(code, `Dropped: the stream to ${label} ended before the reply came (${text(message)})`, {
      reason: 'DROPPED',
      service,
      lost,
    });
  }

  /** For a packet that was not sent: what the process has on the other side is gone. */
  #lost({ code, message }: Status): StatusError {
    const { label, service } = this.#init;
    return failure(code, `The stream of the process to ${label} has ended (${text(message)})`, {
      reason: 'STREAM_ENDED',
      service,
    });
  }
}

function failure(
  code: Code,
  message: string,
  { reason, service, lost }: { reason: string; service: string; lost?: boolean | undefined },
): StatusError {
  const known: ErrorCode = code === Code.OK ? Code.UNAVAILABLE : code;
  return new StatusError(known, message, {
    details: [errorInfo({ reason, domain: errorDomain, metadata: { node: service } })],
    ...(lost && { lost }),
  });
}

function text(message: string): string {
  return message === '' ? 'without a message' : message;
}
