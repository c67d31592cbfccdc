import { type ClientHttp2Session, constants } from 'node:http2';
import { Metadata as GrpcMetadata, status } from '@grpc/grpc-js';
import type { WireCall, WireStream } from './wire-call.ts';

const { NGHTTP2_REFUSED_STREAM: refused, NGHTTP2_STREAM_STATE_IDLE: idle } = constants;
const taking = Symbol('taking');

interface Followed extends WireCall {
  [taking]?: Taking;
}

/** Follows what the server of its connection makes of a call that was just made. */
export function followTaking(call: Followed): void {
  const { session } = call.http2Stream;
  if (session === undefined) return;
  const known = takings.get(session) ?? new Taking(session, call.transport.activeCalls);
  call[taking] = known;
  known.follow(call);
}

/**
 * Symptom: a call that its server left undone, as it said, fails instead of being tried again elsewhere. Cause: grpc-js sees only streams
 * that were refused one by one, not those behind a GOAWAY that names an error, nor those that were never sent. May go when it asks what
 * the server took.
 */
export function tellUntaken(calls: Followed): void {
  const { endCall } = calls;
  calls.endCall = function end(given) {
    const told = given.code === status.OK || given.rstCode === refused || this.finalStatus !== null;
    endCall.call(this, !told && (this as Followed)[taking]?.left(this) === true ? untaken() : given);
  };
}

/** Whether the server of its connection asked its calls to go elsewhere. */
export function wasSentAway(call: object | null | undefined): boolean {
  return (call as Followed | null | undefined)?.[taking]?.goesAway === true;
}

const takings = new WeakMap<object, Taking>();

/** What the server of a connection takes and leaves, and the calls that wait there for a stream of their own. */
class Taking {
  readonly #session: ClientHttp2Session;
  readonly #calls: ReadonlySet<WireCall>;
  readonly #unsent = new WeakSet<WireCall>();
  /** The server acts on no stream beyond this one (RFC 9113, 6.8). */
  #lastStream = Number.POSITIVE_INFINITY;

  constructor(session: ClientHttp2Session, calls: ReadonlySet<WireCall>) {
    this.#session = session;
    this.#calls = calls;
    takings.set(session, this);
    session.on('goaway', (_code, lastStream) => {
      this.#lastStream = Math.min(this.#lastStream, lastStream);
      this.#release();
    });
  }

  get goesAway(): boolean {
    return this.#lastStream !== Number.POSITIVE_INFINITY;
  }

  follow(call: WireCall): void {
    const { maxConcurrentStreams } = this.#session.remoteSettings;
    if (maxConcurrentStreams !== undefined && this.#calls.size > maxConcurrentStreams) this.#noteUnsent(call);
  }

  /** Whether the server surely did nothing about a call. False where that can't be told. */
  left(call: WireCall): boolean {
    const { http2Stream, httpStatusCode } = call;
    // Whoever answers has taken it, whatever is said later.
    if (httpStatusCode !== undefined) return false;
    return http2Stream.rstCode === refused || http2Stream.id > this.#lastStream || this.#unsent.has(call);
  }

  /**
   * Symptom: calls that wait for a stream hang until another one of their connection ends, though its server told them to go away. Cause:
   * nghttp2 looks at what it may no longer send when there is room for it. May go when it does so at the GOAWAY.
   */
  #release(): void {
    for (const call of [...this.#calls]) {
      if (!waits(call.http2Stream)) continue;
      this.#unsent.add(call);
      call.endCall(untaken());
    }
  }

  /** A connection that is lost takes with it what is known of its streams, so it is looked at just before. */
  #noteUnsent(call: WireCall): void {
    const { http2Stream } = call;
    const { close, destroy } = http2Stream;
    const look = (): void => {
      if (this.#lost && waits(http2Stream)) this.#unsent.add(call);
    };
    http2Stream.close = (...given) => {
      look();
      close.apply(http2Stream, given);
    };
    http2Stream.destroy = (...given) => {
      look();
      return destroy.apply(http2Stream, given);
    };
  }

  get #lost(): boolean {
    return this.#session.destroyed || this.#session.socket.destroyed;
  }
}

/** Makes grpc-js try again, once. */
function untaken(): { code: number; details: string; metadata: GrpcMetadata; rstCode: number } {
  return {
    code: status.UNAVAILABLE,
    details: 'The server went away before it took the call',
    metadata: new GrpcMetadata(),
    rstCode: refused,
  };
}

/** Its headers were not sent. A stream that is over has the same state: nghttp2 knows nothing of either. */
function waits(stream: WireStream): boolean {
  return !stream.closed && stream.state?.state === idle;
}
