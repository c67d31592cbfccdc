import type { ServerHttp2Session } from 'node:http2';
import { TLSSocket } from 'node:tls';
import type { Peer, PeerIdentity } from '../../core/context.ts';
import { formatAddress, isLoopback } from './target.ts';

/** Who is on the other end of a connection. Its identity is filled only when TLS verified a certificate. */
export function peerOf(session: Pick<ServerHttp2Session, 'socket'>, listenAddress: string): Peer {
  const { socket } = session;
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined) {
    return listenAddress.startsWith('unix:')
      ? { address: listenAddress, security: 'local' }
      : { address: 'unknown', security: 'none' };
  }
  const address = formatAddress(remoteAddress, remotePort ?? 0);
  if (!(socket instanceof TLSSocket)) return { address, security: isLoopback(remoteAddress) ? 'local' : 'none' };
  const identity = identityOf(socket);
  return identity === undefined ? { address, security: 'tls' } : { address, identity, security: 'tls' };
}

function identityOf(socket: TLSSocket): PeerIdentity | undefined {
  if (!socket.authorized) return undefined;
  const { subject, subjectaltname, fingerprint256 } = socket.getPeerCertificate();
  if (fingerprint256 === undefined) return undefined;
  const name = subject?.CN;
  return {
    subject: (Array.isArray(name) ? name[0] : name) ?? '',
    names: subjectaltname === undefined ? [] : alternatives(subjectaltname),
    fingerprint: fingerprint256,
  };
}

/** Node quotes a name that holds a comma, so that it cannot pass for two. */
function alternatives(text: string): string[] {
  const names = text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return names.map((name) => name.trim());
}
