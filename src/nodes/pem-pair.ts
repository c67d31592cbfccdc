import { X509Certificate } from 'node:crypto';
import { checked, isMapping } from './schema.ts';

/** A certificate and its key, each as PEM or the base64 of that; read as PEM. */
export const pemPair = checked('a mapping of cert and key, each as PEM or its base64', (value) => {
  if (!isMapping(value, ['cert', 'key'])) return undefined;
  const cert = pem(value.cert);
  const key = pem(value.key);
  if (cert === undefined || key === undefined) return undefined;
  try {
    new X509Certificate(cert);
  } catch {
    throw new Error('wanted a certificate in cert: what it has is none');
  }
  return { cert, key };
});

function pem(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const found = value.includes('-----BEGIN ') ? value : Buffer.from(value, 'base64').toString('latin1');
  return found.includes('-----BEGIN ') ? found : undefined;
}
