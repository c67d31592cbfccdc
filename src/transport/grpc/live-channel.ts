import { type ChannelInterface, connectivityState } from '@grpc/grpc-js';
import { snapshot } from '../../core/current.ts';
import { Listeners } from '../../core/listeners.ts';
import { type ChannelState, channelStates } from './channel-state.ts';
import { ConnectGuard } from './connect-guard.ts';
import { ConnectionAttempts } from './connection-attempts.ts';
import type { ConnectionEvent } from './connection-event.ts';
import { FlapGuard } from './flap-guard.ts';

export interface LiveChannelOptions {
  readonly target: string;
  readonly connectTimeoutMs: number;
  readonly reconnect?: { initialBackoffMs?: number; maxBackoffMs?: number; attempts?: number };
  /** Makes a channel of grpc-js. */
  create(): ChannelInterface;
}

/** The channel of grpc-js in use: watched, and replaced when it is stuck or there are to be no more attempts. */
export class LiveChannel {
  readonly target: string;
  readonly states = new Listeners<ChannelState>('watchState()');
  readonly connections = new Listeners<ConnectionEvent>('watchConnection()');
  readonly #create: () => ChannelInterface;
  readonly #guard: ConnectGuard;
  readonly #flaps: FlapGuard;
  readonly #attempts: ConnectionAttempts;
  readonly #outside = snapshot();
  readonly #givenUp = new WeakMap<ChannelInterface, string>();
  #current: ChannelInterface;
  #state: ChannelState = 'idle';
  #gaveUp: string | undefined;

  constructor({ target, connectTimeoutMs, reconnect, create }: LiveChannelOptions) {
    this.target = target;
    this.#create = create;
    this.#attempts = new ConnectionAttempts({
      limit: reconnect?.attempts ?? Number.POSITIVE_INFINITY,
      tell: (event) => this.connections.tell(event),
      pauseMs: () => this.#flaps.pauseMs,
      left: () => this.#flaps.left(),
      gaveUp: (error) => this.#giveUp(error, reconnect?.attempts ?? 1),
    });
    this.#flaps = new FlapGuard(reconnect);
    this.#guard = new ConnectGuard(connectTimeoutMs, () => {
      const why = `no connection within ${connectTimeoutMs} ms`;
      this.#attempts.abandon(why);
      this.#replace(this.#gaveUp ?? why);
    });
    this.#current = this.#make();
    this.#watch(this.#current);
  }

  get current(): ChannelInterface {
    return this.#current;
  }

  get state(): ChannelState {
    return this.#state;
  }

  /** Why no call can be sent, until somebody does something about it. */
  get failure(): string | undefined {
    if (this.#state === 'shutdown') return `Cannot connect to ${this.target}: the channel was closed`;
    return this.#gaveUp === undefined ? undefined : `Cannot connect to ${this.target}: ${this.#gaveUp}`;
  }

  /** Time until calls may be sent to a server that dropped its connections; 0 for now. */
  get pauseMs(): number {
    return this.#flaps.pauseMs;
  }

  /** Why calls that waited for a channel of ours ended: grpc-js was told to close it, and does not know why. */
  whyClosed(channel: ChannelInterface): string {
    return this.#givenUp.get(channel) ?? 'the channel was closed';
  }

  /** Runs what may open a connection, which must not keep the async context of a call alive. */
  outside<R>(run: () => R): R {
    return this.#outside(run);
  }

  connect(): void {
    if (this.failure === undefined) this.#outside(() => this.#current.getConnectivityState(true));
  }

  reconnect(): void {
    if (this.#state === 'shutdown') return;
    this.#gaveUp = undefined;
    const paused = this.#flaps.pauseMs > 0;
    this.#flaps.reset();
    if (paused) this.#guard.saw(this.#state);
    this.#outside(() => this.#attempts.restart(this.#current));
    this.connect();
    this.#tell(channelStates[this.#current.getConnectivityState(false)]!);
  }

  close(): void {
    if (this.#state === 'shutdown') return;
    this.#current.close();
    this.#tell('shutdown');
  }

  #make(): ChannelInterface {
    const channel = this.#create();
    this.#attempts.follow(channel);
    return channel;
  }

  #watch(channel: ChannelInterface): void {
    const state = channel.getConnectivityState(false);
    if (channel !== this.#current || state === connectivityState.SHUTDOWN) return;
    this.#tell(channelStates[state]!);
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => this.#watch(channel));
  }

  #tell(state: ChannelState): void {
    const shown = this.#gaveUp === undefined || state === 'shutdown' ? state : 'transient-failure';
    if (shown === this.#state) return;
    this.#state = shown;
    this.#guard.saw(shown, this.#flaps.pauseMs);
    this.#flaps.saw(shown);
    this.states.tell(shown);
  }

  #giveUp(error: string, attempts: number): void {
    const times = attempts === 1 ? 'one failed attempt' : `${attempts} failed attempts in a row`;
    const why = `gave up after ${times} (${error}), until reconnect() is called`;
    this.#gaveUp = why;
    const failed = this.#current;
    // Not in the middle of what grpc-js is doing with the failure.
    setImmediate(() => {
      if (this.#gaveUp === why && this.#current === failed && this.#state !== 'shutdown') this.#replace(why);
    });
  }

  /** An attempt that never ends can't be stopped from outside: the calls that wait for it fail, the next one starts afresh. */
  #replace(why: string): void {
    const old = this.#current;
    this.#givenUp.set(old, why);
    this.#current = this.#outside(() => this.#make());
    old.close();
    this.#tell('transient-failure');
    this.#watch(this.#current);
  }
}
