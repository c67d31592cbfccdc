import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Code } from '../../core/code.ts';
import { detached } from '../../core/current.ts';
import { StatusError } from '../../core/status-error.ts';
import type { Logger } from '../../observability/logger.ts';
import type { EmitOptions, NodeInstance, SetupContext, SourceContext } from '../node-context.ts';
import type { Reply } from '../reply.ts';
import { type ConnectionHandler, Connections, type ServerReply, type ServerRequest } from './server-connections.ts';
import type { Desk } from './server-desk.ts';
import { type Door, type Doors, doorsKey, openDoor, placeName } from './server-door.ts';
import { HttpExchange } from './server-exchange.ts';
import { HeldBytes } from './server-held-bytes.ts';
import { type ForwardedNames, forwardedNames } from './server-payload.ts';
import type { ServerSettings } from './server-settings.ts';
import { Slots } from './server-slots.ts';
import { replyOnSocket, upgradeAnswer } from './server-upgrade.ts';
import type { UpgradeRequest } from './upgrade-request.ts';

/** Processes of one listener at a time; requests beyond them wait. */
const maxRequests = 1_000;
/** How long until a port that another node has is tried again. */
const againMs = 250;

/** Starts a process for each HTTP request, and answers with its reply. */
export class HttpListener implements NodeInstance, ConnectionHandler, Desk {
  readonly settings: ServerSettings;
  readonly forwarded: ForwardedNames;
  readonly log: Logger;
  readonly held = new HeldBytes();
  readonly #node: string;
  readonly #doors: Doors;
  readonly #connections: Connections;
  /** Connections of those whose place it has taken. */
  readonly #inherited = new Set<Connections>();
  readonly #slots = new Slots(maxRequests);
  #door: Door | undefined;
  #source: SourceContext | undefined;
  #closed = false;
  /** Who has taken its place. */
  #successor: HttpListener | undefined;
  /** Requests that came before it was told to start. */
  #early: (() => void)[] = [];

  private constructor(settings: ServerSettings, { node, log, shared }: SetupContext) {
    this.settings = settings;
    this.forwarded = forwardedNames(settings.forward);
    this.log = log;
    this.#node = node.id;
    this.#doors = shared(doorsKey, () => new Map());
    this.#connections = new Connections(settings, this);
  }

  /** Opens the port. Rejects when that cannot be; a port that another node of the graph has is opened once that node is gone. */
  static async open(settings: ServerSettings, context: SetupContext): Promise<HttpListener> {
    const listener = new HttpListener(settings, context);
    const held = settings.port === 0 ? undefined : listener.#doors.get(placeName(settings));
    if (held === undefined) listener.#enter(await openDoor(settings, context.node.id, listener.#doors));
    else if (held.node === context.node.id) listener.#door = held.hold();
    return listener;
  }

  get secure(): boolean {
    return this.settings.tls !== undefined;
  }

  /** Where it listens: `127.0.0.1:8000`; empty before and after. */
  get address(): string {
    return this.#door?.address ?? '';
  }

  async start(source: SourceContext): Promise<void> {
    const { signal, log } = source;
    if (this.#door === undefined) await this.#await(source);
    this.#source = source;
    this.#lead();
    for (const begin of this.#early.splice(0)) begin();
    if (this.#door !== undefined) log.info('listening', { address: this.address, tls: this.secure });
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    this.#leave();
  }

  /** Nobody who connects meanwhile is turned away. */
  handover(old: NodeInstance): void {
    if (!(old instanceof HttpListener)) return;
    old.#successor = this;
    if (this.settings.port === 0 && old.settings.port === 0 && this.settings.host === old.settings.host && old.#door) {
      this.#door?.letGo();
      this.#door = old.#door.hold();
    }
    this.#lead();
    for (const connections of [old.#connections, ...old.#inherited]) this.#inherit(connections);
    old.#inherited.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#leave();
    for (const begin of this.#early.splice(0)) begin();
    // Those of one that was replaced are its successor's to close.
    const own = this.#successor === undefined ? [this.#connections] : [];
    await Promise.all([...own, ...this.#inherited].map((connections) => connections.close()));
  }

  request(request: ServerRequest, reply: ServerReply): void {
    if (this.#connections.draining && request.httpVersionMajor === 1) reply.setHeader('Connection', 'close');
    new HttpExchange(this.latest, request).run(reply);
  }

  expects(request: ServerRequest, reply: ServerReply): void {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced <= this.settings.maxBodyBytes) reply.writeContinue();
    this.request(request, reply);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const upgrade: UpgradeRequest = {
      request,
      socket,
      head,
      taken: false,
      closing: this.latest.#source?.signal,
      onTaken: () => this.#connections.release(socket),
    };
    const exchange = new HttpExchange(this.latest, request, upgrade);
    // Whoever takes the socket ends the process by itself.
    const abandon = (): void => {
      if (!upgrade.taken) exchange.abandon();
    };
    socket.once('close', abandon);
    const answered = exchange.handle().then((answer) => {
      socket.off('close', abandon);
      if (!upgrade.taken) return exchange.write(replyOnSocket(request, socket), upgradeAnswer(answer));
    });
    answered.catch((error: unknown) => {
      this.log.error('a request for websocket could not be answered', { error });
      socket.destroy();
    });
  }

  emit(payload: unknown, options: EmitOptions): Promise<Reply> {
    const turn = this.#slots.take();
    if (turn !== undefined || this.#source === undefined) return this.#emitLater(turn, payload, options);
    return this.#emitNow(payload, options).finally(this.#slots.held(options));
  }

  async #emitLater(turn: Promise<void> | undefined, payload: unknown, options: EmitOptions): Promise<Reply> {
    await turn;
    const free = this.#slots.held(options);
    try {
      if (this.#source === undefined && !this.#closed) await new Promise<void>((resolve) => this.#early.push(resolve));
      return await this.#emitNow(payload, options);
    } finally {
      free();
    }
  }

  #emitNow(payload: unknown, options: EmitOptions): Promise<Reply> {
    const { latest } = this;
    if (latest !== this) return latest.emit(payload, options);
    if (this.#source === undefined || this.#source.signal.aborted) return Promise.reject(closed());
    return this.#source.emit(payload, options);
  }

  #inherit(connections: Connections): void {
    this.#inherited.add(connections);
    connections.retire(() => {
      this.#inherited.delete(connections);
      detached(() => connections.close()).catch((error: unknown) =>
        this.log.error('connections failed to close', { error }),
      );
    });
  }

  /** Who handles requests now. */
  get latest(): HttpListener {
    let latest: HttpListener = this;
    while (latest.#successor !== undefined) latest = latest.#successor;
    return latest;
  }

  #enter(door: Door): void {
    this.#door = door;
    this.#lead();
  }

  #lead(): void {
    this.#door?.lead(this.#connections.admit, this.settings.maxConnections);
  }

  #leave(): void {
    this.#door?.letGo();
    this.#door = undefined;
    if (this.#successor === undefined) this.#connections.drain();
  }

  /** Another node of the graph has the port; it may be about to go. */
  async #await({ signal, log }: SourceContext): Promise<void> {
    let told = false;
    while (!signal.aborted && this.#door === undefined) {
      try {
        this.#enter(await openDoor(this.settings, this.#node, this.#doors));
      } catch (error) {
        if (!told) log.error('the port is not free yet', { error });
        told = true;
        await sleep(againMs, undefined, { signal, ref: false }).catch(() => {});
      }
    }
  }
}

function closed(): StatusError {
  return new StatusError(Code.UNAVAILABLE, 'The listener is closed');
}
