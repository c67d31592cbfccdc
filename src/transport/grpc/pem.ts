import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { certificatesFault } from './pem-certificates.ts';

/** PEM text, or the path of a file that holds it; not both. */
export interface PemSource {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  /** Use what the files hold now for each new connection, once it is valid; open ones go on. Default true. */
  reload?: boolean;
}

export const pemNames: readonly string[] = ['ca', 'cert', 'key', 'caFile', 'certFile', 'keyFile', 'reload'];

export interface Pem {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

const labels = { ca: 'CA certificate', cert: 'certificate', key: 'private key' } as const;

/** Reads and checks TLS material at once, so that a wrong file is an Error that names it before anything is opened. */
export function loadPem(source: PemSource, where: string): Pem {
  const pem: Pem = { ca: load(source, 'ca'), cert: load(source, 'cert'), key: load(source, 'key') };
  if ((pem.cert === undefined) !== (pem.key === undefined)) {
    throw new TypeError(
      `Cannot use tls of ${where}: the ${pem.cert === undefined ? 'certificate' : 'private key'} is missing, wanted cert and key together`,
    );
  }
  check(source, pem);
  return pem;
}

function load(source: PemSource, part: 'ca' | 'cert' | 'key'): Buffer | undefined {
  const inline = source[part];
  const file = source[`${part}File`];
  if (inline !== undefined && file !== undefined)
    throw new TypeError(`Cannot use both ${part} and ${part}File: wanted one`);
  const name = nameOf(source, part);
  if (file === undefined) return inline === undefined ? undefined : checkText(Buffer.from(inline), name, part);
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`Cannot read ${name}: ${reasons[code ?? ''] ?? code ?? String(cause)}`, { cause });
  }
  return checkText(content, name, part);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'it is a directory',
};

const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

function checkText(content: Buffer, name: string, part: 'ca' | 'cert' | 'key'): Buffer {
  const marker = part === 'key' ? /-----BEGIN [A-Z ]*PRIVATE KEY-----/ : /-----BEGIN CERTIFICATE-----/;
  const text = content.toString('latin1');
  if (!marker.test(text))
    throw new Error(`Cannot use ${name}: it holds no PEM ${part === 'key' ? 'private key' : 'certificate'}`);
  if (part === 'key' && encrypted.test(text))
    throw new Error(`Cannot use ${name}: it is encrypted, wanted one without a passphrase`);
  return content;
}

function check(source: PemSource, { ca, cert, key }: Pem): void {
  for (const part of ['ca', 'cert'] as const) {
    const content = part === 'ca' ? ca : cert;
    if (content === undefined) continue;
    const fault = certificatesFault(content.toString('latin1'));
    if (fault !== undefined) throw new Error(`Cannot use ${nameOf(source, part)}: ${fault}`);
    attempt(
      { [part]: content },
      (cause) =>
        new Error(`Cannot use ${nameOf(source, part)}: it is not a valid certificate (${cause.message})`, { cause }),
    );
  }
  if (key === undefined) return;
  attempt(
    { key },
    (cause) =>
      new Error(`Cannot use ${nameOf(source, 'key')}: it is not a valid private key (${cause.message})`, { cause }),
  );
  attempt(
    { cert, key },
    (cause) =>
      new Error(`Cannot use ${nameOf(source, 'key')} with ${nameOf(source, 'cert')}: they do not belong together`, {
        cause,
      }),
  );
}

function attempt(pem: Pem, explain: (cause: Error) => Error): void {
  try {
    createSecureContext(pem);
  } catch (cause) {
    throw explain(cause as Error);
  }
}

function nameOf(source: PemSource, part: 'ca' | 'cert' | 'key'): string {
  const file = source[`${part}File`];
  return file === undefined ? `the ${labels[part]}` : `${labels[part]} file "${file}"`;
}
