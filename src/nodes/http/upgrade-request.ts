import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { key } from '../../core/key.ts';

/** A request that asks for another protocol on its connection, such as websocket, as a listener hands it to whoever wants it. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What came behind the request already. */
  readonly head: Buffer;
  /** Set by whoever takes the socket, before anything is written to it: the listener answers no more then. */
  taken: boolean;
  /** Called by whoever takes it: it is no request any more that waits for an answer. */
  onTaken?(): void;
  /** Aborts when the listener is told to stop. */
  readonly closing?: AbortSignal | undefined;
}

/** In the data of a process that a listener started for such a request, and of its forks. */
export const upgradeKey = key<UpgradeRequest | undefined>('flowrpc.http.upgrade', undefined);
