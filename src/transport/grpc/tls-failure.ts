interface TlsError extends Error {
  readonly code?: string;
  /** OpenSSL's own words. */
  readonly reason?: string;
}

const plainer: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not yet valid",
  DEPTH_ZERO_SELF_SIGNED_CERT: "no trusted CA issued the server's certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "no trusted CA issued the server's certificate",
  UNABLE_TO_GET_ISSUER_CERT: "no trusted CA issued the server's certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "no trusted CA issued the server's certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "no trusted CA issued the server's certificate",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server requires a client certificate',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the server takes none of our TLS versions',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the server speaks an older TLS version than minVersion',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS',
};

/** Why a handshake failed, in one line that names the check: what OpenSSL gives has several, and addresses of its code. */
export function handshakeFailure({ code = '', reason, message }: TlsError): string {
  const why = plainer[code];
  const original = (reason ?? message).trim();
  return `TLS handshake failed: ${why === undefined ? original : `${why} (${original})`}`;
}

/** A connection that ended without a frame of HTTP/2, which is all that the server lets us know. */
export class DroppedEarly extends Error {
  constructor(secure: boolean, ownCertificate?: string) {
    super(`The server closed the connection before it spoke HTTP/2: ${guess(secure, ownCertificate)}`);
  }
}

function guess(secure: boolean, ownCertificate: string | undefined): string {
  if (!secure) return 'it may want TLS, or have too many connections';
  if (ownCertificate === undefined) return 'it may want a client certificate, or have too many connections';
  return `it may have refused the client certificate ${ownCertificate}, or have too many connections`;
}
