import { createHash, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { PemSource } from './pem.ts';
import { outOfDate, PemFiles } from './pem-files.ts';
import { leastVersion, type TlsVersion } from './tls-version.ts';

/** Whom a channel trusts and what it presents, looked up anew for each connection. */
export class ClientMaterial {
  /** Equal for all that was made from the same texts and files. */
  readonly identity: string;
  readonly #files: PemFiles;
  readonly #minVersion: TlsVersion;
  #context: SecureContext;

  /** An Error that names what is wrong, before anything is opened. */
  constructor({ minVersion, ...source }: PemSource & { minVersion?: TlsVersion }) {
    this.#minVersion = leastVersion(minVersion);
    this.#files = new PemFiles(source, 'the channel');
    this.#context = this.#make();
    // Where files are read anew it is their names that count.
    const what = this.#files.watched ? [source] : [this.#files.pem];
    this.identity = createHash('sha256')
      .update(JSON.stringify([what, this.#minVersion]))
      .digest('hex');
  }

  /** Nothing to wait for: `context` is as it was. */
  get fixed(): boolean {
    return !this.#files.watched;
  }

  get context(): SecureContext {
    return this.#context;
  }

  /** Reads files that changed. Bad ones are a warning, and what was read before goes on. Never rejects. */
  async refresh(): Promise<void> {
    const change = await this.#files.look();
    if (change === 'taken') this.#context = this.#make();
    else if (change !== 'none') {
      process.emitWarning(`TLS files were replaced and are not used: ${change.refused}`, {
        type: 'FlowrpcWarning',
        code: 'FLOWRPC_TLS_RELOAD',
      });
    }
  }

  /** Our own certificate by name, and what a server may have against it. */
  describe(): string | undefined {
    const { cert } = this.#files.pem;
    if (cert === undefined) return undefined;
    const { subject, issuer } = new X509Certificate(cert);
    const why = outOfDate(cert);
    return `${nameOf(subject)}, ${why === undefined ? `issued by ${nameOf(issuer)}` : `which ${why}`}`;
  }

  #make(): SecureContext {
    return createSecureContext({ ...this.#files.pem, minVersion: this.#minVersion });
  }
}

function nameOf(distinguished: string): string {
  return JSON.stringify(distinguished.replaceAll('\n', ', '));
}
