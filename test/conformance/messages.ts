import { fileURLToPath } from 'node:url';
import { type Codec, loadServices, Metadata, type ReadonlyMetadata, type Service } from 'flowrpc';

/** The messages of conformance.proto, as the codecs of this package give them. */
export interface Header {
  name: string;
  value: string[];
}

export interface Any {
  typeUrl: string;
  value: Uint8Array;
}

export interface RpcError {
  code: number;
  message?: string;
  details: Any[];
}

export interface UnaryDefinition {
  responseHeaders: Header[];
  responseTrailers: Header[];
  responseDelayMs: number;
  response?: { case: 'responseData'; value: Uint8Array } | { case: 'error'; value: RpcError };
}

export interface StreamDefinition {
  responseHeaders: Header[];
  responseTrailers: Header[];
  responseDelayMs: number;
  responseData: Uint8Array[];
  error?: RpcError;
}

export interface RequestInfo {
  requestHeaders?: Header[];
  timeoutMs?: bigint | number;
  requests: Any[];
}

export interface Payload {
  data?: Uint8Array;
  requestInfo?: RequestInfo;
}

export interface TlsCreds {
  cert: Uint8Array;
  key: Uint8Array;
}

export interface ServerCompatRequest {
  useTls: boolean;
  clientTlsCert: Uint8Array;
  messageReceiveLimit: number;
  serverCreds?: TlsCreds;
}

export interface ServerCompatResponse {
  host: string;
  port: number;
  pemCert?: Uint8Array;
}

export interface ClientCompatRequest {
  testName: string;
  compression: number;
  host: string;
  port: number;
  serverTlsCert: Uint8Array;
  clientTlsCreds?: TlsCreds;
  messageReceiveLimit: number;
  service?: string;
  method?: string;
  requestHeaders: Header[];
  requestMessages: Any[];
  streamType: number;
  timeoutMs?: number;
  requestDelayMs: number;
  cancel?: {
    cancelTiming?:
      | { case: 'beforeCloseSend' }
      | { case: 'afterCloseSendMs'; value: number }
      | { case: 'afterNumResponses'; value: number };
  };
}

export interface ClientResponseResult {
  responseHeaders: Header[];
  payloads: Payload[];
  error?: RpcError;
  responseTrailers: Header[];
  numUnsentRequests: number;
}

export interface ClientCompatResponse {
  testName: string;
  result: { case: 'response'; value: ClientResponseResult } | { case: 'error'; value: { message: string } };
}

const services = await loadServices(fileURLToPath(new URL('conformance.proto', import.meta.url)));
const conformance = 'connectrpc.conformance.v1';

/** A message and the bytes it came as: those are what is echoed, since some of it may be unknown here. */
export interface Received<T> {
  readonly message: T;
  readonly any: Any;
}

/** The service under test, whose requests keep their bytes, unknown fields included, on both sides. */
export const ConformanceService: Service = keepingBytes(services[`${conformance}.ConformanceService`]!);

const harness = services[`${conformance}.Harness`]!.methods;
export const serverRequest = harness.serve!.request as Codec<ServerCompatRequest>;
export const serverResponse = harness.serve!.response as Codec<ServerCompatResponse>;
export const clientRequest = harness.ask!.request as Codec<ClientCompatRequest>;
export const clientResponse = harness.ask!.response as Codec<ClientCompatResponse>;
const requestInfo = harness.describe!.response as Codec<RequestInfo>;

export function anyOf(info: RequestInfo): Any {
  return { typeUrl: `type.googleapis.com/${requestInfo.typeName}`, value: requestInfo.encode(info) };
}

/** Metadata as the runner writes it: bytes in base64. */
export function headersOf(metadata: ReadonlyMetadata): Header[] {
  const text = (value: string | Uint8Array): string =>
    typeof value === 'string' ? value : Buffer.from(value).toString('base64');
  return [...metadata.keys()].map((name) => ({ name, value: metadata.getAll(name).map(text) }));
}

export function metadataOf(headers: readonly Header[]): Metadata {
  const metadata = new Metadata();
  for (const { name, value } of headers)
    for (const text of value)
      metadata.append(name, (name.toLowerCase().endsWith('-bin') ? Buffer.from(text, 'base64') : text) as never);
  return metadata;
}

function keepingBytes(service: Service): Service {
  const methods = Object.entries(service.methods).map(([name, method]) => {
    const { request } = method;
    const decode = (bytes: Uint8Array): Received<unknown> => ({
      message: request.decode(bytes),
      any: { typeUrl: `type.googleapis.com/${request.typeName}`, value: Uint8Array.from(bytes) },
    });
    const encode = ({ any }: Received<unknown>): Uint8Array => any.value;
    return [name, { ...method, request: { ...request, decode, encode } }];
  });
  return { ...service, methods: Object.fromEntries(methods) as Service['methods'] };
}
