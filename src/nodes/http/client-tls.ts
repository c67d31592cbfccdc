import { checked, isMapping } from '../schema.ts';

/** How a client proves itself and whom it trusts. */
export interface ClientTls {
  /** PEM; in place of those that Node ships. */
  readonly ca?: string;
  /** PEM, with `key`. */
  readonly cert?: string;
  readonly key?: string;
  /** Whom the certificate of the server must name; default the host of the URL. */
  readonly servername?: string;
}

/** A field with `ca`, `cert` and `key`, each as PEM or its base64, and `serverName`. */
export const clientTls = checked(
  'a mapping of ca, cert and key, each as PEM or its base64, and serverName',
  (value) => {
    if (!isMapping(value, ['ca', 'cert', 'key', 'serverName'])) return undefined;
    const { serverName, ...files } = value;
    const pems = Object.entries(files).map(([name, one]) => [name, pem(one)] as const);
    if (pems.some(([, one]) => one === undefined) || (files.cert === undefined) !== (files.key === undefined))
      return undefined;
    if (serverName !== undefined && typeof serverName !== 'string') return undefined;
    return { ...Object.fromEntries(pems), ...(serverName !== undefined && { servername: serverName }) } as ClientTls;
  },
);

function pem(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.includes('-----BEGIN') ? value : Buffer.from(value, 'base64').toString('latin1');
  return text.includes('-----BEGIN') ? text : undefined;
}
