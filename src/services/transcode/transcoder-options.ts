import type { Channel } from '../../client/connect.ts';
import type { Acceptor } from '../../core/acceptor.ts';
import type { Service } from '../../core/method.ts';
import { checkOptions, checkPositive, checkTexts } from '../../core/options.ts';
import type { Logger } from '../../observability/logger.ts';
import type { ServerHost } from '../../server/service-module.ts';

export interface TranscoderOptions {
  /** A server of this process: calls take its interceptors, and come from whoever sent the HTTP request. */
  server?: Acceptor & ServerHost;
  /** Or a channel to another one. */
  channel?: Channel;
  /**
   * Which services: full names and prefixes such as `shop.*`, or a function that says so; or the services themselves, for a channel to a server
   * without reflection. Default: all but `flowrpc.…` and `grpc.reflection.…`.
   */
  services?: readonly string[] | readonly Service[] | ((service: Service) => boolean) | undefined;
  /** Headers that become metadata, beside `authorization`, `x-request-id`, `traceparent`, `tracestate` and `baggage`. `-bin` ones are base64. */
  headers?: readonly string[] | undefined;
  /** Metadata of answers that become headers, beside `x-request-id`. */
  responseHeaders?: readonly string[] | undefined;
  /** Origins of pages that may call, such as `https://app.example.com`; `*` for all. Default: none but pages of the same host. */
  cors?: readonly string[] | undefined;
  /** The largest body, and the longest line of a stream, once unpacked. Default 1 MiB. */
  maxBodyBytes?: number | undefined;
  /** Bounds calls that send no `grpc-timeout` and have one response. Default 30,000. */
  timeoutMs?: number | undefined;
  /** Answer `/openapi.json`, and `/` with a page that lists what there is. Default true. */
  docs?: boolean | undefined;
  /** Also write fields that have their default. Default false, as protobuf's JSON mapping has it. */
  defaults?: boolean | undefined;
  logger?: Logger;
}

export const transcoderOptionNames: readonly string[] = [
  'server',
  'channel',
  'services',
  'headers',
  'responseHeaders',
  'cors',
  'maxBodyBytes',
  'timeoutMs',
  'docs',
  'defaults',
  'logger',
];

/** Refuses what is unknown or of the wrong kind. */
export function checkTranscoderOptions(options: TranscoderOptions): void {
  checkOptions('transcoder', options, transcoderOptionNames);
  const { server, channel, services, headers, responseHeaders, cors, maxBodyBytes, timeoutMs } = options;
  if ((server === undefined) === (channel === undefined))
    throw new TypeError('Cannot make a transcoder: wanted one of server and channel');
  if (server !== undefined && Array.isArray(services) && services.some((service) => typeof service !== 'string'))
    throw new TypeError('Cannot use services of a transcoder for a server: wanted their names');
  for (const [name, value] of Object.entries({ headers, responseHeaders, cors })) checkTexts(name, value);
  for (const [name, value] of Object.entries({ maxBodyBytes, timeoutMs })) checkPositive(name, value);
}
