import { setTimeout as sleep } from 'node:timers/promises';
import { Code, type HandlerContext, type Handlers, StatusError } from 'flowrpc';
import {
  type EchoStatus,
  echoedHeader,
  echoedTrailer,
  type InputRequest,
  type OutputRequest,
  type OutputResponse,
  type Payload,
  type SimpleRequest,
  type SimpleResponse,
  type TestMethods,
} from './service.ts';

const maxBytes = 16 * 1024 * 1024;

/** The server half of gRPC's interoperability cases: does as its requests say. */
export const handlers: Handlers<TestMethods> = {
  emptyCall: () => ({}),
  unaryCall: answer,
  cacheableUnaryCall: answer,
  async *streamingOutputCall(request, context) {
    echo(context);
    yield* responses(request);
  },
  async streamingInputCall(requests: AsyncIterable<InputRequest>) {
    let aggregatedPayloadSize = 0;
    for await (const { payload } of requests) aggregatedPayloadSize += payload?.body.length ?? 0;
    return { aggregatedPayloadSize };
  },
  async *fullDuplexCall(requests, context) {
    echo(context);
    for await (const request of requests) yield* responses(request);
  },
  async *halfDuplexCall(requests, context) {
    echo(context);
    const all: OutputRequest[] = [];
    for await (const request of requests) all.push(request);
    for (const request of all) yield* responses(request);
  },
  unimplementedCall() {
    throw new StatusError(Code.UNIMPLEMENTED, 'There is no such method, on purpose');
  },
};

function answer({ responseStatus, responseSize = 0 }: SimpleRequest, context: HandlerContext): SimpleResponse {
  echo(context);
  failAs(responseStatus);
  return { payload: zeros(responseSize) };
}

async function* responses({ responseStatus, responseParameters = [] }: OutputRequest): AsyncGenerator<OutputResponse> {
  failAs(responseStatus);
  for (const { size = 0, intervalUs = 0 } of responseParameters) {
    if (intervalUs > 0) await sleep(intervalUs / 1_000);
    yield { payload: zeros(size) };
  }
}

function echo({ metadata, header, trailer }: HandlerContext): void {
  for (const value of metadata.getAll(echoedHeader)) header.append(echoedHeader, value);
  for (const value of metadata.getAll(echoedTrailer)) trailer.append(echoedTrailer, value);
}

function failAs(status: EchoStatus | undefined): void {
  if (status !== undefined && status.code !== Code.OK) throw new StatusError(status.code as never, status.message);
}

function zeros(size: number): Payload {
  if (size < 0 || size > maxBytes) {
    throw new StatusError(Code.INVALID_ARGUMENT, `Cannot answer with ${size} bytes: wanted 0 to ${maxBytes}`);
  }
  return { body: new Uint8Array(size) };
}
