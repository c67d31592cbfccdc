import { type ChannelInterface, connectivityState } from '@grpc/grpc-js';
import { mendWireCalls, type WiredSubchannel } from './wire-call.ts';

/** What grpc-js holds for one address: its connection, or the attempts to make one. */
export interface Subchannel extends WiredSubchannel {
  getAddress(): string;
  getConnectivityState(): number;
  startConnecting(): void;
  /** Starts the back-off anew, and an attempt when one is waited for. */
  resetBackoff(): void;
  addConnectivityStateListener(listener: StateListener): void;
  removeConnectivityStateListener(listener: StateListener): void;
  readonly backoffTimeout?: Backoff;
}

export type StateListener = (
  subchannel: unknown,
  previous: number,
  state: number,
  keepalive: number,
  error?: string,
) => void;

/** A channel's own hold on a subchannel, which it may share with other channels. */
export interface SubchannelHold {
  getRealSubchannel(): Subchannel;
  startConnecting(): void;
}

interface Backoff {
  isRunning?(): boolean;
  getEndTime?(): Date;
  stop?(): void;
  reset?(): void;
}

interface Internals {
  readonly internalChannel?: {
    addWrappedSubchannel?(hold: SubchannelHold): void;
    removeWrappedSubchannel?(hold: SubchannelHold): void;
    updateState?(state: number): void;
    readonly currentPicker?: { pick?(given: object): { status?: { details?: string } | null } };
    readonly resolvingLoadBalancer?: {
      exitIdle?(): void;
      readonly backoffTimeout?: Backoff;
      readonly innerResolver?: { readonly backoff?: Backoff; stopNextResolutionTimer?(): void };
    };
  };
}

export interface SubchannelWatch {
  added(hold: SubchannelHold): void;
  removed(hold: SubchannelHold): void;
  /** The channel has nothing to connect to. */
  lookupFailed(error: string, retryInMs: number): void;
}

/** Tells of the subchannels of a channel, which its states don't show; of nothing where grpc-js works in another way. */
export function watchSubchannels(channel: ChannelInterface, watch: SubchannelWatch): void {
  const internal = (channel as Internals).internalChannel;
  const { addWrappedSubchannel: add, removeWrappedSubchannel: remove, updateState } = internal ?? {};
  if (internal === undefined || add === undefined || remove === undefined || updateState === undefined) return;
  let held = 0;
  let told: unknown;
  internal.addWrappedSubchannel = (hold) => {
    held += 1;
    mendWireCalls(hold.getRealSubchannel());
    add.call(internal, hold);
    watch.added(hold);
  };
  internal.removeWrappedSubchannel = (hold) => {
    held -= 1;
    remove.call(internal, hold);
    watch.removed(hold);
  };
  internal.updateState = (state) => {
    updateState.call(internal, state);
    const { currentPicker: picker, resolvingLoadBalancer: balancer } = internal;
    // Each failure comes with a picker of its own; the same one again is no news.
    if (state !== connectivityState.TRANSIENT_FAILURE || held > 0 || picker === told) return;
    told = picker;
    watch.lookupFailed(
      picker?.pick?.({})?.status?.details ?? 'name resolution failed',
      pauseOf(balancer?.innerResolver?.backoff),
    );
    // Without a word from us grpc-js looks up no name twice for calls that wait.
    setImmediate(() => {
      if (channel.getConnectivityState(false) === connectivityState.TRANSIENT_FAILURE) balancer?.exitIdle?.();
    });
  };
}

/** Milliseconds that a back-off has still to go. */
export function pauseOf(backoff: Backoff | undefined): number {
  if (backoff?.isRunning?.() !== true) return 0;
  return Math.max(0, (backoff.getEndTime?.().getTime() ?? 0) - Date.now());
}

/** Looks the target's name up now, unless there is a connection. */
export function lookUpNow(channel: ChannelInterface): void {
  if (channel.getConnectivityState(false) !== connectivityState.TRANSIENT_FAILURE) return;
  const balancer = (channel as Internals).internalChannel?.resolvingLoadBalancer;
  for (const backoff of [balancer?.backoffTimeout, balancer?.innerResolver?.backoff]) {
    backoff?.stop?.();
    backoff?.reset?.();
  }
  balancer?.innerResolver?.stopNextResolutionTimer?.();
  balancer?.exitIdle?.();
}
