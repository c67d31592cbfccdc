import { jsonLogger } from '../observability/logger.ts';
import type { Server } from '../server/server.ts';
import { HttpDoor } from '../services/transcode/http-door.ts';
import { type Transcoder, transcoder } from '../services/transcode/transcoder.ts';
import type { ServerTls } from '../transport/grpc/index.ts';
import { parseListenAddress } from '../transport/grpc/target.ts';
import type { HttpConfig } from './config-http.ts';
import { asUsage, UsageError } from './exit.ts';
import { onlyLocal } from './listen-addresses.ts';

export interface ServedHttpOptions extends HttpConfig {
  readonly listen: readonly string[];
  readonly tls: ServerTls | undefined;
}

/** The addresses where HTTP with JSON calls what a server serves. */
export class ServedHttp implements AsyncDisposable {
  readonly #transcoder: Transcoder;
  readonly #doors: HttpDoor[] = [];

  private constructor(own: Transcoder) {
    this.#transcoder = own;
  }

  /** Opens them all, or none. A UsageError for one that is wrong. */
  static async open(server: Server, { listen, tls, docs, ...options }: ServedHttpOptions): Promise<ServedHttp> {
    const places = asUsage(() => listen.map(placeOf));
    const logger = jsonLogger();
    // What there is, is told to this machine alone, as reflection is.
    const served = new ServedHttp(transcoder({ server, docs: docs ?? onlyLocal(listen), logger, ...options }));
    try {
      for (const place of places)
        served.#doors.push(await HttpDoor.open({ ...place, tls, logger }, served.#transcoder.handle));
      return served;
    } catch (error) {
      await served.close({ graceMs: 0 });
      throw error;
    }
  }

  get addresses(): readonly string[] {
    return this.#doors.map(({ address }) => address);
  }

  /** Lets requests under way end. */
  async close({ graceMs }: { graceMs: number }): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.close({ graceMs })));
    await this.#transcoder.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ graceMs: 0 });
  }
}

function placeOf(address: string): { host: string; port: number } {
  const place = parseListenAddress(address);
  if ('path' in place) throw new UsageError(`Cannot answer HTTP on "${address}": wanted host:port`);
  return place;
}
