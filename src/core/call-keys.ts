import type { Context, Peer } from './context.ts';
import { key } from './key.ts';
import type { StatusError } from './status-error.ts';

export type Compression = 'identity' | 'gzip' | 'deflate';

/** Queue the call while the channel connects instead of failing with UNAVAILABLE. Read by transports. */
export const waitForReadyKey = key<boolean>('wait-for-ready', false);

/** How request messages are compressed. Read by transports that have a wire. */
export const compressionKey = key<Compression>('compression');

/** Counts what a call is working on. A stream that waits for its own handler is not idle, however long no message comes. */
export const busyKey = key<{ count: number }>('busy', { perCall: () => ({ count: 0 }) });

/** What a thrown value means: asked before it would be masked and reported; undefined for what it does not know. */
export const thrownKey = key<(thrown: unknown, call: Context) => StatusError | undefined>('thrown');

/** Whom a call is made for: who an in-process server takes it to come from. Nothing of it is sent. */
export const callerKey = key<Peer>('caller');
