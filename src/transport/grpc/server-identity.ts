import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { domainToASCII } from 'node:url';

/**
 * The name or address a certificate must hold, in the one form all checks are made in: Node up to 22.22 and 24.16 compares a name
 * whose dots are Unicode ones in two forms (CVE-2026-48618). A TypeError for what is no host name.
 */
export function hostName(host: string): string {
  if (isIP(host) !== 0) return host;
  const name = domainToASCII(host);
  if (name === '')
    throw new TypeError(`Cannot use serverName ${JSON.stringify(host)}: wanted a host name or an address`);
  return name;
}

/** Whether the certificate is the host's, as `tls.checkServerIdentity` says it: undefined when it is. */
export function identityFault(host: string, certificate: PeerCertificate): Error | undefined {
  // Node 22.23 and 24.17 match no IPv6 address any more (nodejs/node#64144): may go once neither is supported.
  if (isIP(host) === 6 && new X509Certificate(certificate.raw).checkIP(host) !== undefined) return undefined;
  return checkServerIdentity(host, certificate);
}
