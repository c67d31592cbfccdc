import { HttpDoor, type HttpDoorOptions, type HttpHandler } from './http-door.ts';

interface Entry {
  readonly door: Promise<HttpDoor>;
  users: number;
}

/** An address for as long as somebody uses it. */
export interface HeldDoor {
  readonly door: HttpDoor;
  /** Closes it when nobody else uses it. */
  release(): Promise<void>;
}

/** Addresses that several may use one after the other, such as a node and the one that takes its place: they stay open meanwhile. */
export class HttpDoors {
  readonly #open = new Map<string, Entry>();

  /** Opens an address, unless it is open already. Rejects with an Error that names it. */
  async hold(options: HttpDoorOptions): Promise<HeldDoor> {
    const { host, port, tls } = options;
    // A free port is another one each time.
    const key = JSON.stringify([host, port === 0 ? crypto.randomUUID() : port, tls ?? null]);
    let entry = this.#open.get(key);
    if (entry === undefined) this.#open.set(key, (entry = { door: HttpDoor.open(options, unready), users: 0 }));
    entry.users += 1;
    const { door } = entry;
    const release = async (): Promise<void> => {
      entry.users -= 1;
      if (entry.users > 0) return;
      this.#open.delete(key);
      await door.then(
        (opened) => opened.close({ graceMs: 5_000 }),
        () => {},
      );
    };
    try {
      return { door: await door, release };
    } catch (error) {
      await release();
      throw error;
    }
  }
}

const unready: HttpHandler = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end('{"code":14,"message":"Not ready yet"}\n');
};
