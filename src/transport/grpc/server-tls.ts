import type { SecureServerOptions } from 'node:http2';
import { checkOptions } from '../../core/options.ts';
import { type Pem, type PemSource, pemNames } from './pem.ts';
import { leastVersion, type TlsVersion } from './tls-version.ts';

/** Certificate, key and whom to trust, as PEM text or files. */
export interface ServerTls extends PemSource {
  /** `request` takes callers without a certificate too; both it and `require` need `ca`. Default `none`, when there is no `ca`. */
  clientCertificate?: 'none' | 'request' | 'require';
  /** Default TLS 1.2. */
  minVersion?: TlsVersion;
}

const names = [...pemNames, 'clientCertificate', 'minVersion'];
const modes = ['none', 'request', 'require'];

/** Refuses what is unknown or misspelt. */
export function checkServerTls(tls: ServerTls): void {
  checkOptions('tls', tls, names);
  leastVersion(tls.minVersion);
  const { clientCertificate = 'none' } = tls;
  if (!modes.includes(clientCertificate)) {
    throw new TypeError(
      `Cannot use clientCertificate ${JSON.stringify(clientCertificate)}: wanted "none", "request" or "require"`,
    );
  }
}

/** TLS options for node:http2. An Error that names what is missing. */
export function serverTls(tls: ServerTls, { ca, cert, key }: Pem): SecureServerOptions {
  const { clientCertificate = 'none' } = tls;
  if (cert === undefined)
    throw new TypeError('Cannot use tls of the server: wanted cert and key, or certFile and keyFile');
  // Without a CA of our own any certificate that the public roots vouch for would do.
  if (clientCertificate !== 'none' && ca === undefined) {
    throw new TypeError(
      `Cannot ${clientCertificate} client certificates: wanted ca or caFile, which says whom to trust`,
    );
  }
  // Whoever names a CA means mutual TLS, and must not get a server that asks nobody.
  if (tls.clientCertificate === undefined && ca !== undefined) {
    throw new TypeError('Cannot use ca without clientCertificate: wanted "request" or "require" (or "none") beside it');
  }
  return {
    ca,
    cert,
    key,
    requestCert: clientCertificate !== 'none',
    rejectUnauthorized: clientCertificate === 'require',
    minVersion: leastVersion(tls.minVersion),
  };
}
