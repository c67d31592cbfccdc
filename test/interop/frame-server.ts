import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { frame, frameType, headerBlock } from '../hostile/raw-http2.ts';

const preface = 24;
const maxStreamsSetting = 3;
const windowSetting = 4;
const endStream = 1;
const acknowledged = 1;
const endHeaders = 4;
const windowBytes = 16 * 1024 * 1024;

export interface FrameServerOptions {
  /** Told to clients as the streams that a connection may have open. */
  maxStreams?: number;
  /** What becomes of a request, once it is whole. */
  answer(connection: FrameConnection, stream: number): void;
}

/** An HTTP/2 server that writes each frame itself: those that gRPC's negative cases need are what others never send. */
export class FrameServer implements AsyncDisposable {
  readonly connections: FrameConnection[] = [];
  readonly #server = createServer();
  readonly port: Promise<number>;

  constructor(options: FrameServerOptions) {
    this.#server.on('connection', (socket) => this.connections.push(new FrameConnection(socket, options)));
    this.#server.listen(0, '127.0.0.1');
    this.port = once(this.#server, 'listening').then(() => (this.#server.address() as AddressInfo).port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    this.#server.close();
  }
}

/** One client's connection. */
export class FrameConnection {
  readonly socket: Socket;
  /** Streams that the client opened, in order. */
  readonly streams: number[] = [];
  /** Payloads of the pings that it answered. */
  readonly pongs: string[] = [];
  /** The most streams that were open at once. */
  mostOpen = 0;
  readonly #open = new Set<number>();
  readonly #options: FrameServerOptions;
  #rest = Buffer.alloc(0);
  #skip = preface;

  constructor(socket: Socket, options: FrameServerOptions) {
    this.socket = socket;
    this.#options = options;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    const settings = [setting(windowSetting, windowBytes)];
    if (options.maxStreams !== undefined) settings.push(setting(maxStreamsSetting, options.maxStreams));
    this.#send(frameType.settings, 0, 0, Buffer.concat(settings));
    this.#send(frameType.windowUpdate, 0, 0, number(windowBytes));
  }

  header(stream: number): void {
    this.#send(
      frameType.headers,
      endHeaders,
      stream,
      headerBlock({ ':status': '200', 'content-type': 'application/grpc' }),
    );
  }

  data(stream: number, bytes: Uint8Array): void {
    this.#send(frameType.data, 0, stream, bytes);
  }

  trailer(stream: number): void {
    this.#open.delete(stream);
    this.#send(frameType.headers, endHeaders | endStream, stream, headerBlock({ 'grpc-status': '0' }));
  }

  reset(stream: number, code = 0): void {
    this.#open.delete(stream);
    this.#send(frameType.reset, 0, stream, number(code));
  }

  /** No streams behind this one. */
  goaway(last: number, code = 0): void {
    this.#send(frameType.goaway, 0, 0, Buffer.concat([number(last), number(code)]));
  }

  ping(payload: string): void {
    this.#send(frameType.ping, 0, 0, Buffer.from(payload.padEnd(8).slice(0, 8)));
  }

  #send(type: number, flags: number, stream: number, payload: Uint8Array): void {
    if (this.socket.writable) this.socket.write(frame(type, flags, stream, payload));
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const skipped = Math.min(this.#skip, this.#rest.length);
    this.#skip -= skipped;
    this.#rest = this.#rest.subarray(skipped);
    while (this.#rest.length >= 9) {
      const size = 9 + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < size) return;
      const whole = this.#rest.subarray(0, size);
      this.#rest = this.#rest.subarray(size);
      this.#take(whole[3]!, whole[4]!, whole.readUInt32BE(5), whole.subarray(9));
    }
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === frameType.settings && !(flags & acknowledged)) {
      this.#send(frameType.settings, acknowledged, 0, Buffer.alloc(0));
    }
    if (type === frameType.ping && flags & acknowledged) this.pongs.push(payload.toString('latin1').trimEnd());
    if (type === frameType.ping && !(flags & acknowledged)) this.#send(frameType.ping, acknowledged, 0, payload);
    if (type === frameType.reset) this.#open.delete(stream);
    if (type === frameType.headers && !this.streams.includes(stream)) {
      this.streams.push(stream);
      this.#open.add(stream);
      this.mostOpen = Math.max(this.mostOpen, this.#open.size);
    }
    const ends = (type === frameType.data || type === frameType.headers) && flags & endStream;
    if (ends) this.#options.answer(this, stream);
  }
}

function setting(name: number, value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(name, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
