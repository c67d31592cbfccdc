import { connectivityState } from '@grpc/grpc-js';

/** `transient-failure`: the last attempt to connect failed, the next one comes after a pause. */
export type ChannelState = 'connecting' | 'idle' | 'ready' | 'shutdown' | 'transient-failure';

/** The states of grpc-js in our words. */
export const channelStates: Readonly<Record<number, ChannelState>> = {
  [connectivityState.IDLE]: 'idle',
  [connectivityState.CONNECTING]: 'connecting',
  [connectivityState.READY]: 'ready',
  [connectivityState.TRANSIENT_FAILURE]: 'transient-failure',
  [connectivityState.SHUTDOWN]: 'shutdown',
};
