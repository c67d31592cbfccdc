import type { Socket } from 'node:net';
import { Lane } from './lane.ts';
import { reset } from './reset.ts';

/** What a connection through the proxy suffers. */
export interface Suffering {
  /** Each chunk is late by this, give or take the jitter. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** A share of the chunks is held up for longer, and what follows behind it, as after a lost packet. */
  readonly stall?: { readonly share: number; readonly ms: number };
  readonly bytesPerSecond?: number;
  /** Takes what is sent and passes nothing on. */
  readonly drop?: boolean;
  /** Takes nothing any more: buffers fill. */
  readonly freeze?: boolean;
  /** Resets the connection after so many bytes from the server. */
  readonly cutAfterBytes?: number;
}

/** One connection through the proxy. */
export class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #up: Lane;
  readonly #down: Lane;

  constructor(client: Socket, server: Socket, suffering: Suffering, random: () => number) {
    this.#client = client;
    this.#server = server;
    this.#up = new Lane(client, server, random);
    this.#down = new Lane(server, client, random, () => this.reset());
    this.suffer(suffering);
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => {});
    client.on('close', (hadError) => gone(client, server, hadError, this.#down));
    server.on('close', (hadError) => gone(server, client, hadError, this.#up));
  }

  /** What it suffers from now on, in place of what it did. */
  suffer(suffering: Suffering): void {
    const { cutAfterBytes, ...both } = suffering;
    this.#up.suffer(both);
    this.#down.suffer(suffering);
  }

  /** RST to both ends. */
  reset(): void {
    reset(this.#client);
    reset(this.#server);
  }

  /** FIN to the client, while it still may send. */
  halfClose(): void {
    this.#client.end();
  }

  close(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}

/** A clean end is on its way through the lane already, behind what came before it. */
function gone(closed: Socket, other: Socket, hadError: boolean, towards: Lane): void {
  towards.stop();
  if (hadError) reset(other);
  else if (!closed.readableEnded) other.destroy();
}
