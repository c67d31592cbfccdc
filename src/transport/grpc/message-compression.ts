import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import type { ChannelInterface, Metadata as GrpcMetadata, StatusObject } from '@grpc/grpc-js';
import type { Compression } from '../../core/call-keys.ts';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { TrafficCount } from '../../core/traffic.ts';

type GrpcCall = ReturnType<ChannelInterface['createCall']>;
type Outgoing = { message: Buffer; flags?: number };

const pack = { gzip: promisify(gzip), deflate: promisify(deflate) };

/**
 * Compresses the requests of one call. grpc-js knows compression only for whole channels, so a filter joins the call's own
 * stack, behind the one that frames messages.
 */
export function compressRequests(
  call: GrpcCall,
  compression: Exclude<Compression, 'identity'>,
  traffic: TrafficCount,
): void {
  const factories = (call as { filterStackFactory?: { factories?: object[] } }).filterStackFactory?.factories;
  if (!Array.isArray(factories))
    throw new StatusError(
      Code.INTERNAL,
      `Cannot compress with ${compression}: this version of @grpc/grpc-js has no filters`,
    );
  factories.push({ createFilter: () => new CompressionFilter(compression, traffic) });
}

class CompressionFilter {
  readonly #compression: 'gzip' | 'deflate';
  readonly #traffic: TrafficCount;

  constructor(compression: 'gzip' | 'deflate', traffic: TrafficCount) {
    this.#compression = compression;
    this.#traffic = traffic;
  }

  async sendMetadata(metadata: Promise<GrpcMetadata>): Promise<GrpcMetadata> {
    const headers = await metadata;
    headers.set('grpc-encoding', this.#compression);
    return headers;
  }

  /** In and out: one flag byte, four bytes of length, the message. */
  async sendMessage(pending: Promise<Outgoing>): Promise<Outgoing> {
    const { message, flags } = await pending;
    const body = await pack[this.#compression](message.subarray(5));
    // Counted as encoded when it was handed over.
    this.#traffic.sentBytes += body.length - (message.length - 5);
    const framed = Buffer.allocUnsafe(5 + body.length);
    framed[0] = 1;
    framed.writeUInt32BE(body.length, 1);
    framed.set(body, 5);
    return { message: framed, flags };
  }

  receiveMetadata(metadata: GrpcMetadata): GrpcMetadata {
    return metadata;
  }

  receiveMessage(message: Promise<Buffer>): Promise<Buffer> {
    return message;
  }

  receiveTrailers(status: StatusObject): StatusObject {
    return status;
  }
}
