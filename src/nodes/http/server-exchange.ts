import type { Socket } from 'node:net';
import Negotiator from 'negotiator';
import { CancelReason } from '../../core/cancel-reason.ts';
import { Code } from '../../core/code.ts';
import type { Peer } from '../../core/context.ts';
import type { ReadonlyMetadata } from '../../core/metadata.ts';
import { isPromise } from '../../core/requests.ts';
import { StatusError } from '../../core/status-error.ts';
import { ByteStream } from '../byte-stream.ts';
import type { EmitOptions, NodeProcess } from '../node-context.ts';
import type { Reply } from '../reply.ts';
import { decodeBody } from './decode-body.ts';
import { isHttpPayload } from './http-payload.ts';
import { type RawBody, rawBody } from './raw-body.ts';
import { type Answer, answerOf } from './server-answer.ts';
import { hasBody, readBody } from './server-body.ts';
import { compressedFor, mayCompress } from './server-compression.ts';
import type { ServerReply, ServerRequest } from './server-connections.ts';
import type { Desk } from './server-desk.ts';
import { type ExchangeInfo, exchangeKey } from './server-exchange-info.ts';
import { failedAnswer, failureOf } from './server-failure.ts';
import type { HeldPart } from './server-held-bytes.ts';
import { discardRest } from './server-leftover.ts';
import { type Client, clientOf, type RequestHead, requestHead, requestMetadata } from './server-payload.ts';
import { writeAnswer } from './server-write.ts';
import { type UpgradeRequest, upgradeKey } from './upgrade-request.ts';

/** Bodies are refused with other statuses than errors of nodes. */
const bodyStatuses: Readonly<Record<number, number>> = { 3: 400, 8: 413, 12: 415 };

/** One request and its answer: the process that it starts is told of both. */
export class HttpExchange implements EmitOptions {
  readonly #desk: Desk;
  readonly #request: ServerRequest;
  readonly #client: Client;
  readonly #upgrade: UpgradeRequest | undefined;
  #head: RequestHead | undefined;
  #body: ByteStream | undefined;
  #held: HeldPart | undefined;
  #raw: RawBody | undefined;
  #gone = false;
  #answered = false;
  #cancel: ((reason: CancelReason) => void) | undefined;
  /** Ends what asked for websocket unless somebody takes it in time. */
  #timer: NodeJS.Timeout | undefined;

  constructor(desk: Desk, request: ServerRequest, upgrade?: UpgradeRequest) {
    this.#desk = desk;
    this.#request = request;
    this.#client = clientOf(request.socket as Socket, desk.secure);
    this.#upgrade = upgrade;
  }

  get timeoutMs(): number {
    return this.#upgrade === undefined ? this.#desk.settings.timeoutMs : Number.POSITIVE_INFINITY;
  }

  get peer(): Peer {
    return this.#client.peer;
  }

  get metadata(): ReadonlyMetadata | undefined {
    return requestMetadata(this.#head!.payload.header, this.#desk.forwarded);
  }

  cancellable(cancel: (reason: CancelReason) => void): void {
    this.#cancel = cancel;
    if (this.#gone) this.#leave();
    if (this.#upgrade === undefined) return;
    this.#timer = setTimeout(() => cancel(new CancelReason('deadline')), this.#desk.settings.timeoutMs).unref();
  }

  /** A connection that somebody has taken is no request any more. */
  get uncounted(): EmitOptions['uncounted'] {
    const upgrade = this.#upgrade;
    if (upgrade === undefined) return undefined;
    return (free) => {
      const { onTaken } = upgrade;
      upgrade.onTaken = () => {
        clearTimeout(this.#timer);
        free();
        onTaken?.();
      };
    };
  }

  prepare(process: NodeProcess): void {
    const { payload, search } = this.#head!;
    const { scheme, host, path } = payload;
    const info: ExchangeInfo = {
      client: this.#client.ip,
      scheme: scheme as ExchangeInfo['scheme'],
      host,
      path,
      search,
      raw: this.#raw,
    };
    process.set(exchangeKey, info);
    if (this.#upgrade !== undefined) process.set(upgradeKey, this.#upgrade);
    this.#body?.until(process);
  }

  failureOf(reply: Reply): Error | undefined {
    if (!isHttpPayload(reply) || reply.status === undefined || reply.status < 400) return undefined;
    return failedAnswer(reply.status);
  }

  /** Handles the request and writes the answer. Never rejects. */
  run(reply: ServerReply): Promise<void> {
    reply.once('close', this.abandon);
    return this.handle().then((answer) => this.write(reply, answer));
  }

  /** The client has gone away: nobody needs an answer. */
  readonly abandon = (): void => {
    if (this.#answered) return;
    this.#gone = true;
    this.#leave();
  };

  /** Has the request handled. Gives what is to be answered; never rejects. */
  async handle(): Promise<Answer> {
    try {
      const head = (this.#head = requestHead(this.#request, this.#desk.secure ? 'https' : 'http'));
      if (hasBody(this.#request, head.payload.header)) await this.#readBody(head);
    } catch (thrown) {
      this.#held?.free();
      return this.#failed(thrown, bodyStatuses);
    }
    try {
      const reply = await this.#desk.emit(this.#head.payload, this);
      if (reply instanceof Error) return this.#failed(reply);
      const made = answerOf(reply, (types) => this.#chooseType(types));
      const written = isPromise(made) ? await made : (made as Answer);
      if (!mayCompress(written)) return written;
      return await compressedFor(written, this.#request.method === 'HEAD' ? undefined : this.#head.payload.header);
    } catch (thrown) {
      return this.#failed(thrown);
    } finally {
      clearTimeout(this.#timer);
      this.#held?.free();
    }
  }

  /** Writes the answer. Whatever goes wrong then is between the client and the log: it neither throws nor rejects. */
  write(reply: ServerReply, answer: Answer): void | Promise<void> {
    const { settings } = this.#desk;
    this.#answered = true;
    try {
      const headOnly = this.#request.method === 'HEAD';
      const written = writeAnswer(reply, answer, { headOnly, stallMs: settings.timeoutMs });
      if (!this.#request.complete) discardRest(this.#request, reply);
      return written?.catch((error: unknown) => this.#notWritten(reply, error));
    } catch (error) {
      this.#notWritten(reply, error);
    }
  }

  #notWritten(reply: ServerReply, error: unknown): void {
    const { log } = this.#desk;
    if (reply.headersSent) log.debug('answer was cut', { error });
    else if (this.#gone) log.debug('nobody waits for the answer', { error });
    else this.#apologize(reply, error);
  }

  async #readBody({ payload }: RequestHead): Promise<void> {
    const { header } = payload;
    if (this.#upgrade !== undefined)
      throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot read the request: it asks for websocket, and has a body');
    const { settings, held } = this.#desk;
    this.#held = held.part();
    const came = await readBody(this.#request, header, settings, this.#held);
    if (came instanceof ByteStream) {
      this.#body = came;
      payload.body = came;
      return;
    }
    const maxBytes = Math.max(settings.bufferBytes, leastUnpacked);
    const decoded = decodeBody(came, header, { maxBytes });
    const value: unknown = isPromise(decoded) ? await decoded : decoded;
    this.#raw = rawBody(came, value, header);
    if (value !== undefined) payload.body = value;
  }

  #leave(): void {
    this.#cancel?.(new CancelReason('client-gone'));
  }

  #failed(thrown: unknown, own: Readonly<Record<number, number>> = {}): Answer {
    const { settings, log } = this.#desk;
    const header = this.#head?.payload.header;
    const forwarded = header?.Forwarded !== undefined || header?.['X-Forwarded-For'] !== undefined;
    const { status, body } = failureOf(thrown, {
      peer: this.peer,
      forwarded,
      exposeErrors: settings.exposeErrors,
      log,
    });
    const stated = thrown instanceof StatusError ? (own[thrown.code] ?? status) : status;
    return { status: stated, header: { 'Content-Type': ['application/json'] }, body: JSON.stringify(body) };
  }

  #apologize(reply: ServerReply, thrown: unknown): void {
    const { status, header, body } = this.#failed(thrown);
    try {
      writeAnswer(reply, { status, header, body }, { headOnly: this.#request.method === 'HEAD', stallMs: 0 });
    } catch {
      reply.destroy();
    }
  }

  #chooseType(types: readonly string[]): string | undefined {
    const accept = this.#head!.payload.header.Accept;
    if (accept === undefined || (accept.length === 1 && accept[0] === '*/*')) return types[0];
    return new Negotiator({ headers: { accept: accept.join(',') } }).mediaType([...types]);
  }
}

/** What a compressed body may become at least. */
const leastUnpacked = 4 * 1024 * 1024;
