import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { ChannelCredentials } from '@grpc/grpc-js';
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
type ConnectorArguments = Parameters<ChannelCredentials['_createSecureConnector']>;

/** Credentials for grpc-js. An Error that names what is wrong before anything is opened. */
export function clientCredentials(tls: boolean | ClientTls, connectTimeoutMs: number): ChannelCredentials {
  if (tls === false) return new TimedCredentials(ChannelCredentials.createInsecure(), 'plaintext', connectTimeoutMs);
  const given = tls === true ? {} : tls;
  checkOptions('tls', given, names);
  const { rejectUnauthorized = true } = given;
  const pem = loadPem(given, 'the channel');
  const context = createSecureContext({ ...pem, minVersion: 'TLSv1.2' });
  const inner = ChannelCredentials.createFromSecureContext(context, { rejectUnauthorized });
  const identity = createHash('sha256').update(JSON.stringify([pem, rejectUnauthorized])).digest('hex');
  return new TimedCredentials(inner, identity, connectTimeoutMs);
}

/**
 * Credentials that give up on a peer which accepts the connection and then says nothing; grpc-js waits for ever (grpc-node#2785).
 * They are equal when all that matters is equal, verification included, so connections are shared only then.
 */
class TimedCredentials extends ChannelCredentials {
  readonly #inner: ChannelCredentials;
  readonly #identity: string;
  readonly #timeoutMs: number;

  constructor(inner: ChannelCredentials, identity: string, timeoutMs: number) {
    super();
    this.#inner = inner;
    this.#identity = `${identity} ${timeoutMs}`;
    this.#timeoutMs = timeoutMs;
  }

  override _isSecure(): boolean {
    return this.#inner._isSecure();
  }

  override _equals(other: ChannelCredentials): boolean {
    return other instanceof TimedCredentials && other.#identity === this.#identity;
  }

  override _createSecureConnector(...given: ConnectorArguments): SecureConnector {
    const inner = this.#inner._createSecureConnector(...given);
    return {
      connect: async (socket) => {
        const secured = this.#limit(socket);
        const result = await inner.connect(socket);
        secured();
        return result;
      },
      waitForReady: () => inner.waitForReady(),
      getCallCredentials: () => inner.getCallCredentials(),
      destroy: () => inner.destroy(),
    };
  }

  /** Over TLS the handshake must end in time, in plaintext the first byte must come. */
  #limit(socket: Socket): () => void {
    let handshake = this._isSecure();
    const timer = setTimeout(() => {
      if (handshake || socket.bytesRead === 0) socket.destroy(new Error(`the server said nothing for ${this.#timeoutMs} ms`));
    }, this.#timeoutMs).unref();
    socket.once('close', () => clearTimeout(timer));
    return () => {
      handshake = false;
    };
  }
}
