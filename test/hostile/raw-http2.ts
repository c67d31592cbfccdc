import { type EventEmitter, once } from 'node:events';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';

export const frameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** One HTTP/2 frame (RFC 9113, 4.1). */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Headers as literals that no table keeps (RFC 7541, 6.2.2). */
export function headerBlock(headers: Record<string, string>): Buffer {
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]),
  );
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

export function callHeaders(path: string): Record<string, string> {
  return {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': 'localhost',
    te: 'trailers',
    'content-type': 'application/grpc',
  };
}

/** A peer that speaks HTTP/2 badly on purpose: any bytes out, frame types in. Give it a bound and it ends with the test. */
export class RawPeer implements AsyncDisposable {
  readonly socket: Socket;
  readonly received: number[] = [];
  #rest = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  static async open(port: number): Promise<RawPeer> {
    const socket = connectTcp(port, '127.0.0.1');
    await once(socket, 'connect');
    const peer = new RawPeer(socket);
    peer.write(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(frameType.settings, 0, 0));
    return peer;
  }

  /** False once the server has closed the connection. */
  get open(): boolean {
    return !this.socket.destroyed && !this.socket.readableEnded;
  }

  write(...frames: Buffer[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames));
  }

  async drained(): Promise<void> {
    if (this.open && this.socket.writableNeedDrain) await happened(this.socket, 'drain', 'close');
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    if (!this.socket.destroyed) await happened(this.socket, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 9) {
      const size = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < size) return;
      this.received.push(this.#rest[3]!);
      this.#rest = this.#rest.subarray(size);
    }
  }
}

/** Whatever error comes first: a peer that was cut off is what these tests want. */
function happened(emitter: EventEmitter, ...events: string[]): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const event of events) emitter.off(event, settle);
      resolve();
    };
    for (const event of events) emitter.on(event, settle);
  });
}

export interface RawReply {
  readonly http: number | undefined;
  readonly code: number | undefined;
  readonly message: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly rstCode: number;
}

/** A well-behaved HTTP/2 client that sends whatever headers and body it is told to. */
export class HttpPeer implements AsyncDisposable {
  readonly #session: ClientHttp2Session;

  constructor(port: number, settings = {}) {
    this.#session = connectHttp2(`http://127.0.0.1:${port}`, { settings, maxSendHeaderBlockLength: 1024 * 1024 });
    this.#session.on('error', () => {});
  }

  async call(
    path: string,
    { headers = {}, body = [], end = true }: { headers?: OutgoingHttpHeaders; body?: Uint8Array[]; end?: boolean } = {},
  ): Promise<RawReply> {
    const stream = this.#session.request({ ...callHeaders(path), ...headers }, { endStream: false });
    let received: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (given) => Object.assign(received, given));
    stream.on('trailers', (given) => {
      received = { ...received, ...given };
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => {});
    for (const chunk of body) stream.write(chunk);
    if (end) stream.end();
    if (!stream.closed) await happened(stream, 'close');
    const status = received['grpc-status'];
    return {
      http: received[':status'] === undefined ? undefined : Number(received[':status']),
      code: status === undefined ? undefined : Number(status),
      message: decodeURIComponent(String(received['grpc-message'] ?? '')),
      headers: received,
      body: Buffer.concat(chunks),
      rstCode: stream.rstCode,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.destroy();
  }
}

/** A message behind its prefix. */
export function grpcFrame(message: Uint8Array | string, flag = 0): Buffer {
  const bytes = Buffer.from(message as string);
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}
