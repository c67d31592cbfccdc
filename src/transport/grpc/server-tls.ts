import type { SecureServerOptions } from 'node:http2';
import { checkOptions } from '../../core/options.ts';
import { loadPem, type PemSource } from './pem.ts';

/** Certificate, key and whom to trust, as PEM text or files. */
export interface ServerTls extends PemSource {
  /** `request` takes callers without a certificate too; `require` needs `ca`. Default `none`. */
  clientCertificate?: 'none' | 'request' | 'require';
}

const names = ['ca', 'cert', 'key', 'caFile', 'certFile', 'keyFile', 'clientCertificate'];
const modes = ['none', 'request', 'require'];

/** TLS options for node:http2. An Error that names what is wrong before any port is opened. */
export function serverTls(tls: ServerTls): SecureServerOptions {
  checkOptions('tls', tls, names);
  const { clientCertificate = 'none' } = tls;
  if (!modes.includes(clientCertificate)) {
    throw new TypeError(
      `Cannot use clientCertificate ${JSON.stringify(clientCertificate)}: wanted "none", "request" or "require"`,
    );
  }
  const { ca, cert, key } = loadPem(tls, 'the server');
  if (cert === undefined)
    throw new TypeError('Cannot use tls of the server: wanted cert and key, or certFile and keyFile');
  // Without a CA of our own any certificate that the public roots vouch for would do.
  if (clientCertificate !== 'none' && ca === undefined) {
    throw new TypeError(
      `Cannot ${clientCertificate} client certificates: wanted ca or caFile, which says whom to trust`,
    );
  }
  return {
    ca,
    cert,
    key,
    requestCert: clientCertificate !== 'none',
    rejectUnauthorized: clientCertificate === 'require',
    minVersion: 'TLSv1.2',
  };
}
