import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Peer } from '../../core/context.ts';
import { maxTimerMs } from '../../core/deadline.ts';
import type { ListenerSettings } from './listener-options.ts';
import { peerOf } from './peer.ts';

/** How long the socket of a closed session may linger: a peer stuck inside a frame never lets go by itself. */
const lingerMs = 1_000;

/** One HTTP/2 connection of a server: closes it when it is idle, old, or its peer is dead. */
export class Connection {
  readonly #session: ServerHttp2Session;
  readonly #settings: ListenerSettings;
  readonly #listenAddress: string;
  readonly #timers = new Map<'age' | 'end' | 'idle' | 'ping', ReturnType<typeof setTimeout>>();
  #open = 0;
  #idleSince = Date.now();
  #peer: Peer | undefined;

  constructor(session: ServerHttp2Session, settings: ListenerSettings, listenAddress: string) {
    this.#session = session;
    this.#settings = settings;
    this.#listenAddress = listenAddress;
    session.setLocalWindowSize(Math.max(settings.flowControlWindow, 65_535));
    session.once('close', () => {
      for (const timer of this.#timers.values()) clearTimeout(timer);
      this.#timers.clear();
    });
    this.#watchIdle();
    this.#watchAge();
    this.#watchPeer();
  }

  /** Who is on the other end. Looked up once, since it can't be any more when the socket is gone. */
  readonly peer = (): Peer => (this.#peer ??= peerOf(this.#session, this.#listenAddress));

  /** Calls are open on it. */
  get busy(): boolean {
    return this.#open > 0;
  }

  opened(stream: ServerHttp2Stream): void {
    this.#open += 1;
    stream.on('close', this.#onStreamClose);
  }

  /** GOAWAY: no new calls, those under way go on. */
  drain(): void {
    if (this.#session.closed) return;
    this.#session.close();
    if (this.#open === 0) this.#after('end', lingerMs, () => this.cut());
  }

  cut(): void {
    this.#session.destroy();
  }

  #onStreamClose = (): void => {
    this.#open -= 1;
    if (this.#open > 0) return;
    if (this.#session.closed) this.#after('end', lingerMs, () => this.cut());
    else this.#idleSince = Date.now();
  };

  /** One timer for a connection's life rather than one for each pause between calls. */
  #watchIdle(ms = this.#settings.idleMs): void {
    this.#after('idle', ms, () => {
      const leftMs = this.busy ? this.#settings.idleMs : this.#idleSince + this.#settings.idleMs - Date.now();
      if (leftMs > 0) this.#watchIdle(leftMs);
      else this.drain();
    });
  }

  #watchAge(): void {
    const { ageMs, ageGraceMs } = this.#settings;
    const jitter = 0.9 + Math.random() * 0.2;
    this.#after('age', ageMs * jitter, () => {
      this.drain();
      this.#after('age', ageGraceMs, () => this.cut());
    });
  }

  #watchPeer(): void {
    const { timeMs, timeoutMs } = this.#settings.keepalive;
    this.#after('ping', timeMs, () => {
      if (this.#session.destroyed) return;
      this.#after('ping', timeoutMs, () => this.#session.destroy(undefined, constants.NGHTTP2_NO_ERROR));
      const sent = this.#session.ping((error) => {
        if (error === null) this.#watchPeer();
        else this.cut();
      });
      if (!sent) this.cut();
    });
  }

  /** None of these keeps the process alive. */
  #after(name: 'age' | 'end' | 'idle' | 'ping', ms: number, run: () => void): void {
    clearTimeout(this.#timers.get(name));
    if (ms === Number.POSITIVE_INFINITY || this.#session.destroyed) return;
    this.#timers.set(name, setTimeout(run, Math.min(ms, maxTimerMs)).unref());
  }
}
