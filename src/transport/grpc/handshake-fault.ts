import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { formatAddress } from './target.ts';

/** `host:port` of the other end; `unknown` for Unix sockets and when it is gone. */
export function addressOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return remoteAddress === undefined ? 'unknown' : formatAddress(remoteAddress, remotePort ?? 0);
}

/** What Node's sockets have beside their types. */
interface Inside {
  readonly authorizationError?: unknown;
  /** The socket under TLS, which knows its peer longer. */
  readonly _parent?: Socket;
}

/** Why a server refused a handshake, naming the check that failed, and whose it was. */
export function handshakeFault(
  given: Error & { reason?: string },
  socket: TLSSocket,
): { error: Error; address: string } {
  const { authorizationError, _parent: under = socket } = socket as unknown as Inside;
  // Node says no more than "socket hang up" where it hung up itself, and OpenSSL several lines.
  const refused = authorizationError ? `client certificate: ${String(authorizationError)}` : given.reason;
  const error = refused === undefined ? given : new Error(refused, { cause: given });
  return { error, address: addressOf(under) };
}
