import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** A key server over HTTP and the keys it serves. What it answers can be changed at any time. */
export interface Issuer extends AsyncDisposable {
  readonly url: string;
  /** How often it was asked. */
  asked: number;
  /** Default: its keys. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  /** Public keys it serves. */
  keys: JWK[];
  /** Makes a new key; tokens are signed with it from now on. */
  rotate(): Promise<void>;
  sign(claims?: JWTPayload, header?: { kid?: string; typ?: string }): Promise<string>;
}

export const issuerName = 'https://issuer.example';
export const audience = 'greeter';

export async function keyServer(): Promise<Issuer> {
  let privateKey: CryptoKey;
  let kid = 0;
  const server = createServer((request, response) => {
    issuer.asked += 1;
    issuer.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    asked: 0,
    keys: [],
    answer: (_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: issuer.keys }));
    },
    rotate: async () => {
      const pair = await generateKeyPair('ES256');
      privateKey = pair.privateKey;
      kid += 1;
      issuer.keys = [
        ...issuer.keys,
        { ...(await exportJWK(pair.publicKey)), kid: `key-${kid}`, use: 'sig', alg: 'ES256' },
      ];
    },
    sign: (claims = {}, header = {}) =>
      new SignJWT({ iss: issuerName, aud: audience, sub: 'ada', exp: seconds(60), ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: `key-${kid}`, ...header })
        .sign(privateKey),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await issuer.rotate();
  return issuer;
}

/** A point in time as tokens write it. */
export function seconds(fromNow: number): number {
  return Math.floor(Date.now() / 1_000) + fromNow;
}
