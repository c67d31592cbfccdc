import { type ChannelInterface, connectivityState } from '@grpc/grpc-js';
import type { ConnectionEvent } from './connection-event.ts';
import { wasLeft } from './leave-connection.ts';
import {
  lookUpNow,
  pauseOf,
  type StateListener,
  type Subchannel,
  type SubchannelHold,
  watchSubchannels,
} from './subchannels.ts';

const remainsMs = 20;

interface Watched {
  /** A channel that looks its name up again takes hold of what it keeps before it lets go. */
  readonly holds: Set<SubchannelHold>;
  readonly stop: () => void;
}

export interface AttemptsOptions {
  /** Failures in a row, for each address, after which there are no more attempts. `Infinity` for no end. */
  readonly limit: number;
  tell(event: ConnectionEvent): void;
  /** How long nothing is to be tried, because connections were dropped at once. */
  pauseMs(): number;
  /** A connection is left, and another one made with the next call. */
  left(): void;
  /** There will be no attempt until `restart`. */
  gaveUp(error: string): void;
}

/** Counts and tells the attempts of a channel to connect, and ends them at a limit. */
export class ConnectionAttempts {
  readonly #options: AttemptsOptions;
  readonly #watched = new Map<Subchannel, Watched>();
  /** By address, since it last was connected. */
  readonly #failures = new Map<string, number>();
  #failedLookups = 0;
  #over = false;
  /** A back-off from before a restart may still hold subchannels that come back. */
  #hurry = false;
  /** Attempts that wait to be made. */
  readonly #later = new Map<SubchannelHold, { readonly timer: NodeJS.Timeout; readonly start: () => void }>();

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /** Watches a channel that was just made. */
  follow(channel: ChannelInterface): void {
    watchSubchannels(channel, {
      added: (hold) => this.#added(hold),
      removed: (hold) => this.#removed(hold),
      lookupFailed: (error, retryInMs) => this.#lookupFailed(error, retryInMs),
    });
  }

  /** The attempts under way are given up with their channel; their failures count. */
  abandon(error: string): void {
    const watched = [...this.#watched];
    this.#watched.clear();
    for (const hold of this.#later.keys()) this.#forget(hold);
    for (const [, { stop }] of watched) stop();
    const addresses = watched.map(([subchannel]) => subchannel.getAddress());
    for (const address of this.#failures.keys()) if (!addresses.includes(address)) this.#failures.delete(address);
    for (const [subchannel] of watched) {
      if (subchannel.getConnectivityState() === connectivityState.CONNECTING)
        this.#failed(subchannel.getAddress(), addresses, error, 0);
    }
  }

  /** Forgets failures and pauses, and tries at once what would be tried later. */
  restart(channel: ChannelInterface): void {
    this.#failures.clear();
    this.#failedLookups = 0;
    this.#over = false;
    this.#hurry = channel.getConnectivityState(false) !== connectivityState.READY;
    lookUpNow(channel);
    for (const subchannel of this.#watched.keys()) subchannel.resetBackoff();
    for (const { start } of [...this.#later.values()]) start();
  }

  #added(hold: SubchannelHold): void {
    const subchannel = hold.getRealSubchannel();
    hold.startConnecting = () => this.#start(subchannel, hold);
    const known = this.#watched.get(subchannel);
    if (known !== undefined) {
      known.holds.add(hold);
      return;
    }
    const listener: StateListener = (_subchannel, previous, state, _keepalive, error) =>
      this.#saw(subchannel, previous, state, error);
    subchannel.addConnectivityStateListener(listener);
    const stop = (): void => subchannel.removeConnectivityStateListener(listener);
    this.#watched.set(subchannel, { holds: new Set([hold]), stop });
    const state = subchannel.getConnectivityState();
    if (state !== connectivityState.TRANSIENT_FAILURE) this.#saw(subchannel, connectivityState.IDLE, state);
    else if (this.#hurry) subchannel.resetBackoff();
  }

  /**
   * Keeps the pause after connections that were dropped, and leaves the remains of a failed attempt some time. Symptom: after an attempt that
   * took longer than the back-off the next one fails at once. Cause: grpc-js starts it before the first socket has closed, and closes the session of the second then. May go
   * when its connector keeps them apart.
   */
  #start(subchannel: Subchannel, hold: SubchannelHold): void {
    this.#forget(hold);
    const start = (): void => {
      this.#forget(hold);
      if (!this.#over && this.#watched.get(subchannel)?.holds.has(hold)) subchannel.startConnecting();
    };
    const failed = this.#failures.has(subchannel.getAddress());
    const remains = failed && pauseOf(subchannel.backoffTimeout) === 0 ? remainsMs : 0;
    const waitMs = Math.max(remains, this.#options.pauseMs());
    if (waitMs > 0) this.#later.set(hold, { timer: setTimeout(start, waitMs).unref(), start });
    else start();
  }

  #forget(hold: SubchannelHold): void {
    clearTimeout(this.#later.get(hold)?.timer);
    this.#later.delete(hold);
  }

  #removed(hold: SubchannelHold): void {
    this.#forget(hold);
    const subchannel = hold.getRealSubchannel();
    const known = this.#watched.get(subchannel);
    if (known?.holds.delete(hold) !== true || known.holds.size > 0) return;
    known.stop();
    this.#watched.delete(subchannel);
    const address = subchannel.getAddress();
    this.#failures.delete(address);
    if (subchannel.getConnectivityState() === connectivityState.READY)
      this.#options.tell({ type: 'disconnected', address });
  }

  #saw(subchannel: Subchannel, previous: number, state: number, error = 'the connection failed'): void {
    const address = subchannel.getAddress();
    const attempt = (this.#failures.get(address) ?? 0) + 1;
    if (state === connectivityState.CONNECTING) {
      this.#options.tell({ type: 'connecting', address, attempt });
    } else if (state === connectivityState.READY) {
      this.#failures.delete(address);
      this.#failedLookups = 0;
      this.#hurry = false;
      this.#options.tell({ type: 'connected', address, attempt });
    } else if (state === connectivityState.TRANSIENT_FAILURE) {
      this.#hurry = false;
      const addresses = [...this.#watched.keys()].map((each) => each.getAddress());
      this.#failed(address, addresses, plain(error), pauseOf(subchannel.backoffTimeout));
    } else if (previous === connectivityState.READY) {
      if (wasLeft(subchannel)) this.#options.left();
      this.#options.tell({ type: 'disconnected', address });
    }
  }

  /** Gives up before grpc-js hears of the failure, so that it starts no attempt beyond the last. */
  #failed(address: string, all: readonly string[], error: string, pauseMs: number): void {
    const attempt = (this.#failures.get(address) ?? 0) + 1;
    this.#failures.set(address, attempt);
    const last = all.every((each) => (this.#failures.get(each) ?? 0) >= this.#options.limit);
    this.#options.tell({ type: 'failed', address, attempt, error, retryInMs: last ? undefined : pauseMs });
    if (last) this.#giveUp(error);
  }

  #lookupFailed(error: string, pauseMs: number): void {
    if (this.#over) return;
    const attempt = ++this.#failedLookups;
    const last = attempt >= this.#options.limit;
    this.#options.tell({ type: 'failed', address: undefined, attempt, error, retryInMs: last ? undefined : pauseMs });
    if (last) this.#giveUp(error);
  }

  #giveUp(error: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.gaveUp(error);
    this.#options.tell({ type: 'gave-up', attempts: this.#options.limit, error });
  }
}

/** The text of grpc-js without the name of the class in front and the time behind. */
function plain(error: string): string {
  return error.replace(/^(?:Error: )+/, '').replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)$/, '');
}
