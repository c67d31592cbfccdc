import { fileURLToPath } from 'node:url';
import { loadServices, type Method, type Service } from 'flowrpc';

/** The messages of testing.proto. */
export interface Payload {
  readonly body: Uint8Array;
}

export interface EchoStatus {
  readonly code: number;
  readonly message: string;
}

export interface SimpleRequest {
  readonly responseSize?: number;
  readonly payload?: Payload;
  readonly responseStatus?: EchoStatus;
}

export interface SimpleResponse {
  readonly payload?: Payload;
}

export interface InputRequest {
  readonly payload?: Payload;
}

export interface InputResponse {
  readonly aggregatedPayloadSize: number;
}

export interface ResponseParameters {
  readonly size?: number;
  readonly intervalUs?: number;
}

export interface OutputRequest {
  readonly responseParameters?: readonly ResponseParameters[];
  readonly payload?: Payload;
  readonly responseStatus?: EchoStatus;
}

export interface OutputResponse {
  readonly payload?: Payload;
}

type Nothing = Record<string, never>;

const services = await loadServices(fileURLToPath(new URL('testing.proto', import.meta.url)));

export type TestMethods = {
  emptyCall: Method<Nothing, Nothing, 'unary'>;
  unaryCall: Method<SimpleRequest, SimpleResponse, 'unary'>;
  cacheableUnaryCall: Method<SimpleRequest, SimpleResponse, 'unary'>;
  streamingOutputCall: Method<OutputRequest, OutputResponse, 'serverStream'>;
  streamingInputCall: Method<InputRequest, InputResponse, 'clientStream'>;
  fullDuplexCall: Method<OutputRequest, OutputResponse, 'bidi'>;
  halfDuplexCall: Method<OutputRequest, OutputResponse, 'bidi'>;
  unimplementedCall: Method<Nothing, Nothing, 'unary'>;
};

export const TestService = services['grpc.testing.TestService'] as Service as unknown as Service<TestMethods>;
export const UnimplementedService = services['grpc.testing.UnimplementedService'] as Service as unknown as Service<
  Pick<TestMethods, 'unimplementedCall'>
>;

export const echoedHeader = 'x-grpc-test-echo-initial';
export const echoedTrailer = 'x-grpc-test-echo-trailing-bin';
