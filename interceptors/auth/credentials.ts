import { type Call, Code, type Status, statusFrom } from 'flowrpc';

export interface CredentialOptions {
  /** Send the secret without TLS to other machines too, where something else protects the network. Default false. */
  plaintext?: boolean;
}

/**
 * Why a secret may not leave with this call, decided before there is one: the connection leaves this machine and is not TLS. `what`
 * completes "Cannot send …", `who` is the function whose option allows it.
 */
export function plaintextRefusal(call: Call, plaintext: boolean, what: string, who: string): Status | undefined {
  if (plaintext || call.side === 'server') return undefined;
  const { security, address } = call.peer;
  if (security === 'tls' || security === 'local') return undefined;
  return statusFrom(
    Code.FAILED_PRECONDITION,
    `Cannot send ${what} to ${address} in plaintext: use tls, or ${who}(…, { plaintext: true }) where the network is trusted`,
  );
}
