import { createHash } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js';
import { checkOptions } from '../../core/options.ts';
import { loadPem, type PemSource } from './pem.ts';

/** Whom to trust and who we are, as PEM text or files. Without `ca` the roots that Node ships are trusted. */
export interface ClientTls extends PemSource {
  /** The name the server's certificate must hold, when it is not the target's. */
  serverName?: string;
  /** False takes any certificate: for tests only. */
  rejectUnauthorized?: boolean;
}

const names = ['ca', 'cert', 'key', 'caFile', 'certFile', 'keyFile', 'serverName', 'rejectUnauthorized'];

type SecureConnector = ReturnType<ChannelCredentials['_createSecureConnector']>;
type Secured = Awaited<ReturnType<SecureConnector['connect']>>;

/** Credentials for grpc-js to a host. An Error that names what is wrong before anything is opened. */
export function clientCredentials(
  tls: boolean | ClientTls,
  { host, connectTimeoutMs }: { host: string; connectTimeoutMs: number },
): ChannelCredentials {
  if (tls === false) return new TimedCredentials(undefined, connectTimeoutMs);
  const given = tls === true ? {} : tls;
  checkOptions('tls', given, names);
  const { rejectUnauthorized = true, serverName = host } = given;
  const pem = loadPem(given, 'the channel');
  const context = createSecureContext({ ...pem, minVersion: 'TLSv1.2' });
  const identity = createHash('sha256')
    .update(JSON.stringify([pem, rejectUnauthorized, serverName]))
    .digest('hex');
  return new TimedCredentials({ context, rejectUnauthorized, serverName, identity }, connectTimeoutMs);
}

interface Security {
  readonly context: SecureContext;
  readonly rejectUnauthorized: boolean;
  readonly serverName: string;
  readonly identity: string;
}

/**
 * Credentials that give up on a peer which accepts the connection and then says nothing; grpc-js waits for ever (grpc-node#2785).
 * They are equal when all that matters is equal, verification included, so connections are shared only then.
 */
class TimedCredentials extends ChannelCredentials {
  readonly #security: Security | undefined;
  readonly #timeoutMs: number;

  constructor(security: Security | undefined, timeoutMs: number) {
    super();
    this.#security = security;
    this.#timeoutMs = timeoutMs;
  }

  override _isSecure(): boolean {
    return this.#security !== undefined;
  }

  override _equals(other: ChannelCredentials): boolean {
    return (
      other instanceof TimedCredentials &&
      other.#security?.identity === this.#security?.identity &&
      other.#timeoutMs === this.#timeoutMs
    );
  }

  override _createSecureConnector(): SecureConnector {
    return {
      connect: (socket) => {
        this.#limit(socket, () => socket.bytesRead === 0);
        return this.#security === undefined
          ? Promise.resolve({ socket, secure: false })
          : this.#secure(socket, this.#security);
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => CallCredentials.createEmpty(),
      destroy: () => {},
    };
  }

  #secure(socket: Socket, { context, rejectUnauthorized, serverName }: Security): Promise<Secured> {
    return new Promise((resolve, reject) => {
      let done = false;
      this.#limit(socket, () => !done);
      const secured = connect({
        socket,
        secureContext: context,
        rejectUnauthorized,
        ALPNProtocols: ['h2'],
        host: serverName,
        // RFC 6066: only names, never addresses.
        servername: isIP(serverName) === 0 ? serverName : undefined,
      });
      secured.on('error', reject);
      secured.once('secureConnect', () => {
        done = true;
        resolve({ socket: secured, secure: true });
      });
    });
  }

  #limit(socket: Socket, tooLate: () => boolean): void {
    const timer = setTimeout(() => {
      if (tooLate()) socket.destroy(new Error(`the server said nothing for ${this.#timeoutMs} ms`));
    }, this.#timeoutMs).unref();
    socket.once('close', () => clearTimeout(timer));
  }
}
