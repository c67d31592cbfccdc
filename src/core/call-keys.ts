import { key } from './key.ts';

export type Compression = 'identity' | 'gzip' | 'deflate';

/** Queue the call while the channel connects instead of failing with UNAVAILABLE. Read by transports. */
export const waitForReadyKey = key<boolean>('wait-for-ready', false);

/** How request messages are compressed. Read by transports that have a wire. */
export const compressionKey = key<Compression>('compression');
