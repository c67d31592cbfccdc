import { isIP, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js';
import { checkOptions } from '../../core/options.ts';
import { ClientMaterial } from './client-material.ts';
import { type PemSource, pemNames } from './pem.ts';
import { hostName, identityFault } from './server-identity.ts';
import { DroppedEarly, handshakeFailure } from './tls-failure.ts';
import type { TlsVersion } from './tls-version.ts';

/** Whom to trust and who we are, as PEM text or files. Without `ca` the roots that Node ships are trusted. */
export interface ClientTls extends PemSource {
  /** The name the server's certificate must hold, when it is not the target's. */
  serverName?: string;
  /** False takes any certificate: for tests only. */
  rejectUnauthorized?: boolean;
  /** Default TLS 1.2. */
  minVersion?: TlsVersion;
}

const names = [...pemNames, 'serverName', 'rejectUnauthorized', 'minVersion'];

/** Bytes of the smallest HTTP/2 frame: who sent fewer never spoke it. */
const frameBytes = 9;

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
  const { rejectUnauthorized = true, serverName = host, ...source } = given;
  const security = { material: new ClientMaterial(source), rejectUnauthorized, serverName: hostName(serverName) };
  return new TimedCredentials(security, connectTimeoutMs);
}

interface Security {
  readonly material: ClientMaterial;
  readonly rejectUnauthorized: boolean;
  readonly serverName: string;
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
      equal(other.#security, this.#security) &&
      other.#timeoutMs === this.#timeoutMs
    );
  }

  override _createSecureConnector(): SecureConnector {
    return {
      connect: (socket) => {
        this.#limit(socket, () => socket.bytesRead === 0);
        if (this.#security !== undefined) return this.#secure(socket, this.#security);
        explainDrop(socket, () => new DroppedEarly(false));
        return Promise.resolve({ socket, secure: false });
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => CallCredentials.createEmpty(),
      destroy: () => {},
    };
  }

  async #secure(socket: Socket, { material, rejectUnauthorized, serverName }: Security): Promise<Secured> {
    if (!material.fixed) {
      // A socket that fails while nobody listens would end the process; what it says is told again below.
      socket.on('error', () => {});
      await material.refresh();
    }
    return new Promise((resolve, reject) => {
      let done = false;
      this.#limit(socket, () => !done);
      const secured = connect({
        socket,
        secureContext: material.context,
        rejectUnauthorized,
        checkServerIdentity: identityFault,
        ALPNProtocols: ['h2'],
        host: serverName,
        // RFC 6066: only names, never addresses.
        servername: isIP(serverName) === 0 ? serverName : undefined,
      });
      // TLS 1.3 ends before the server has looked at our certificate: its refusal comes after `secureConnect`.
      const drop = (): Error => new DroppedEarly(true, material.describe());
      secured.on('error', (error: NodeJS.ErrnoException) => {
        if (secured.bytesRead === 0 && !(error instanceof DroppedEarly))
          error.message = error.code === 'ECONNRESET' ? drop().message : handshakeFailure(error);
        reject(error.message);
      });
      explainDrop(secured, drop);
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

function equal(one: Security | undefined, other: Security | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.material.identity === other.material.identity &&
    one.rejectUnauthorized === other.rejectUnauthorized &&
    one.serverName === other.serverName
  );
}

/** Says what grpc-js does not: it calls every connection that ends without an error "Failed to connect". */
function explainDrop(socket: Socket, why: () => Error): void {
  socket.once('end', () => {
    if (socket.bytesRead < frameBytes) socket.destroy(why());
  });
}
