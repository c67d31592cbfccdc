import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { CancelReason } from '../../core/cancel-reason.ts';
import type { Peer } from '../../core/context.ts';
import { maxTimerMs } from '../../core/deadline.ts';
import type { DisconnectReason } from '../../core/session.ts';
import type { ListenerSettings } from './listener-options.ts';
import { peerOf } from './peer.ts';
import { ResetAllowance } from './reset-allowance.ts';
import { SessionRecord } from './session-record.ts';
import type { EndCalls, Listed } from './session-table.ts';

/** How long the socket of a closed session may linger: a peer stuck inside a frame never lets go by itself. */
export const lingerMs = 1_000;

type TimerName = 'age' | 'end' | 'grace' | 'idle' | 'ping';

export interface ConnectionInit {
  readonly settings: ListenerSettings;
  readonly listenAddress: string;
  readonly endCalls: EndCalls;
}

/** One HTTP/2 connection of a server: closes it when it is idle, old, or its peer is dead. */
export class Connection implements Listed {
  readonly session: SessionRecord;
  readonly #http2: ServerHttp2Session;
  readonly #settings: ListenerSettings;
  readonly #endCalls: EndCalls;
  readonly #resets = new ResetAllowance();
  readonly #timers = new Map<TimerName, ReturnType<typeof setTimeout>>();
  #why: DisconnectReason = 'client';
  #message: string | undefined;
  #idleSince = Date.now();

  constructor(http2: ServerHttp2Session, { settings, listenAddress, endCalls }: ConnectionInit) {
    this.#http2 = http2;
    this.#settings = settings;
    this.#endCalls = endCalls;
    // At once: when the socket is gone nobody can say any more whose it was.
    this.session = new SessionRecord(peerOf(http2, listenAddress));
    http2.setLocalWindowSize(Math.max(settings.flowControlWindow, 65_535));
    http2.once('close', () => {
      for (const timer of this.#timers.values()) clearTimeout(timer);
      this.#timers.clear();
    });
    this.#watchIdle();
    this.#watchAge();
    this.#watchPeer();
  }

  /** Who is on the other end. */
  readonly peer = (): Peer => this.session.peer;

  /** Why it closed, or would if it did now. */
  get why(): DisconnectReason {
    return this.#why;
  }

  get message(): string | undefined {
    return this.#message;
  }

  /** Calls are open on it. */
  get busy(): boolean {
    return this.session.openCalls > 0;
  }

  opened(stream: ServerHttp2Stream): void {
    this.session.callBegan();
    stream.on('close', this.#onStreamClose);
  }

  /** GOAWAY: no new calls, those under way go on. */
  drain(why: DisconnectReason, message?: string): void {
    if (this.#http2.closed) return;
    this.#because(why, message);
    this.#http2.close();
    if (!this.busy) this.#after('end', lingerMs, () => this.cut());
  }

  /** Drains, and ends what is left of its calls after a while. */
  disconnect({ reason, graceMs }: { reason: string | undefined; graceMs: number }): void {
    this.drain('disconnected', reason);
    const end = (): void => {
      const text = reason === undefined ? '' : `: ${reason}`;
      this.#endCalls(this.session, new CancelReason('shutdown', `The server disconnected the client${text}`));
      this.#after('grace', lingerMs, () => this.cut());
    };
    if (graceMs === 0) end();
    else this.#after('grace', graceMs, end);
  }

  broke(error: Error): void {
    this.#because('error', error.message);
  }

  cut(): void {
    this.#http2.destroy();
  }

  /** The first reason is the one: what follows is its consequence. */
  #because(why: DisconnectReason, message?: string): void {
    if (this.#why !== 'client') return;
    this.#why = why;
    this.#message = message;
  }

  #onStreamClose = ofStream((stream) => {
    if ((stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) && this.#resets.take()) this.drain('resets');
    this.session.callEnded();
    if (this.busy) return;
    if (this.#http2.closed) this.#after('end', lingerMs, () => this.cut());
    else this.#idleSince = Date.now();
  });

  /** One timer for a connection's life rather than one for each pause between calls. */
  #watchIdle(ms = this.#settings.idleMs): void {
    this.#after('idle', ms, () => {
      const leftMs = this.busy ? this.#settings.idleMs : this.#idleSince + this.#settings.idleMs - Date.now();
      if (leftMs > 0) this.#watchIdle(leftMs);
      else this.drain('idle');
    });
  }

  #watchAge(): void {
    const { ageMs, ageGraceMs } = this.#settings;
    this.#after('age', ageMs * jitter(), () => {
      this.drain('age');
      this.#after('age', ageGraceMs, () => this.cut());
    });
  }

  #watchPeer(): void {
    const { timeMs, timeoutMs } = this.#settings.keepalive;
    this.#after('ping', timeMs, () => {
      if (this.#http2.destroyed) return;
      this.#after('ping', timeoutMs, () => {
        this.#because('keepalive');
        this.#http2.destroy(undefined, constants.NGHTTP2_NO_ERROR);
      });
      const sent = this.#http2.ping((error) => {
        if (error === null) this.#watchPeer();
        else this.cut();
      });
      if (!sent) this.cut();
    });
  }

  /** None of these keeps the process alive. */
  #after(name: TimerName, ms: number, run: () => void): void {
    clearTimeout(this.#timers.get(name));
    if (ms === Number.POSITIVE_INFINITY || this.#http2.destroyed) return;
    this.#timers.set(name, setTimeout(run, Math.min(ms, maxTimerMs)).unref());
  }
}

/**
 * ±10 %, in steps: Node keeps a list for each duration of a timer that holds up nobody, until that time is over, and with as many durations as
 * connections it keeps one for each of them.
 */
function jitter(): number {
  return 0.9 + Math.floor(Math.random() * 257) / 1_280;
}

/** One listener for all streams, which learns of which it is by its `this`. */
function ofStream(listener: (stream: ServerHttp2Stream) => void): (this: ServerHttp2Stream) => void {
  return function heard() {
    listener(this);
  };
}
