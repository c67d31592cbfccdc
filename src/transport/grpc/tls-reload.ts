import type { Http2SecureServer, SecureServerOptions } from 'node:http2';
import { detached } from '../../core/current.ts';
import type { Logger } from '../../observability/logger.ts';
import { outOfDate, PemFiles } from './pem-files.ts';
import { checkServerTls, type ServerTls, serverTls } from './server-tls.ts';

/** How often files are looked at: new ones count after this long at the most. A look costs a `stat` for each file. */
const lookMs = 400;

/** What a server presents and whom it trusts, kept up to date with its files. */
export class ServerMaterial {
  readonly #tls: ServerTls;
  readonly #files: PemFiles;

  /** An Error that names what is wrong, before any port is opened. */
  constructor(tls: ServerTls) {
    checkServerTls(tls);
    this.#tls = tls;
    this.#files = new PemFiles(tls, 'the server');
    this.options = serverTls(tls, this.#files.pem);
  }

  readonly options: SecureServerOptions;

  /** Gives new connections of the server what the files hold; those that are open go on as they are. Returns what ends it. */
  watch(server: Pick<Http2SecureServer, 'setSecureContext'>, log: Logger, address: string): () => void {
    this.#warn(log, address);
    if (!this.#files.watched) return () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const look = async (): Promise<void> => {
      const change = await this.#files.look();
      if (ended) return;
      if (change === 'taken') {
        server.setSecureContext(serverTls(this.#tls, this.#files.pem));
        log.info('TLS files were replaced: new connections use them', { address });
      } else if (change !== 'none') {
        log.warn('TLS files were replaced and are not used', { address, error: change.refused });
      }
      again();
    };
    const again = (): void => {
      timer = setTimeout(() => void look(), lookMs).unref();
    };
    detached(again);
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }

  #warn(log: Logger, address: string): void {
    const { cert } = this.#files.pem;
    const why = cert === undefined ? undefined : outOfDate(cert);
    if (why !== undefined) log.warn(`the certificate of the server ${why}: clients will refuse it`, { address });
  }
}
