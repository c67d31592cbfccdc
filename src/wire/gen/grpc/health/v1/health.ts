// Made by "flowrpc generate" from grpc/health/v1/health.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, serviceOf, type MessageType, type Method, type Service } from '../../../../runtime.ts';

export interface HealthListRequest {
}

export interface HealthListResponse {
  /** statuses contains all the services and their respective status. */
  statuses: { [key: string]: HealthCheckResponse };
}

export interface HealthCheckRequest {
  service: string;
}

export interface HealthCheckResponse {
  status: HealthCheckResponse_ServingStatus;
}

export const HealthCheckResponse_ServingStatus = {
  UNKNOWN: 'UNKNOWN',
  SERVING: 'SERVING',
  NOT_SERVING: 'NOT_SERVING',
  /** Used only by the Watch method. */
  SERVICE_UNKNOWN: 'SERVICE_UNKNOWN',
} as const;

/** A value of HealthCheckResponse_ServingStatus; a number that this file does not name stays a number. */
export type HealthCheckResponse_ServingStatus = keyof typeof HealthCheckResponse_ServingStatus | number;

/** The descriptors of grpc/health/v1/health.proto. */
export const file = defineFile(
  'ChtncnBjL2hlYWx0aC92MS9oZWFsdGgucHJvdG8SDmdycGMuaGVhbHRoLnYxIhMKEUhlYWx0aExpc3RSZXF1ZXN0IsQBChJIZWFsdGhMaXN0' +
    'UmVzcG9uc2USTAoIc3RhdHVzZXMYASADKAsyMC5ncnBjLmhlYWx0aC52MS5IZWFsdGhMaXN0UmVzcG9uc2UuU3RhdHVzZXNFbnRyeVIIc3Rh' +
    'dHVzZXMaYAoNU3RhdHVzZXNFbnRyeRIQCgNrZXkYASABKAlSA2tleRI5CgV2YWx1ZRgCIAEoCzIjLmdycGMuaGVhbHRoLnYxLkhlYWx0aENo' +
    'ZWNrUmVzcG9uc2VSBXZhbHVlOgI4ASIuChJIZWFsdGhDaGVja1JlcXVlc3QSGAoHc2VydmljZRgBIAEoCVIHc2VydmljZSKxAQoTSGVhbHRo' +
    'Q2hlY2tSZXNwb25zZRJJCgZzdGF0dXMYASABKA4yMS5ncnBjLmhlYWx0aC52MS5IZWFsdGhDaGVja1Jlc3BvbnNlLlNlcnZpbmdTdGF0dXNS' +
    'BnN0YXR1cyJPCg1TZXJ2aW5nU3RhdHVzEgsKB1VOS05PV04QABILCgdTRVJWSU5HEAESDwoLTk9UX1NFUlZJTkcQAhITCg9TRVJWSUNFX1VO' +
    'S05PV04QAzL9AQoGSGVhbHRoElAKBUNoZWNrEiIuZ3JwYy5oZWFsdGgudjEuSGVhbHRoQ2hlY2tSZXF1ZXN0GiMuZ3JwYy5oZWFsdGgudjEu' +
    'SGVhbHRoQ2hlY2tSZXNwb25zZRJSCgVXYXRjaBIiLmdycGMuaGVhbHRoLnYxLkhlYWx0aENoZWNrUmVxdWVzdBojLmdycGMuaGVhbHRoLnYx' +
    'LkhlYWx0aENoZWNrUmVzcG9uc2UwARJNCgRMaXN0EiEuZ3JwYy5oZWFsdGgudjEuSGVhbHRoTGlzdFJlcXVlc3QaIi5ncnBjLmhlYWx0aC52' +
    'MS5IZWFsdGhMaXN0UmVzcG9uc2VCYaoCDkdycGMuSGVhbHRoLlYxWixnb29nbGUuZ29sYW5nLm9yZy9ncnBjL2hlYWx0aC9ncnBjX2hlYWx0' +
    'aF92MVABQgtIZWFsdGhQcm90bwoRaW8uZ3JwYy5oZWFsdGgudjFiBnByb3RvMw==',
  [],
);

export const HealthListRequest: MessageType<HealthListRequest> = messageOf(file, 'grpc.health.v1.HealthListRequest');
export const HealthListResponse: MessageType<HealthListResponse> = messageOf(file, 'grpc.health.v1.HealthListResponse');
export const HealthCheckRequest: MessageType<HealthCheckRequest> = messageOf(file, 'grpc.health.v1.HealthCheckRequest');
export const HealthCheckResponse: MessageType<HealthCheckResponse> = messageOf(file, 'grpc.health.v1.HealthCheckResponse');

/**
 * Health is gRPC's mechanism for checking whether a server is able to handle
 * RPCs. Its semantics are documented in
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md.
 */
export const Health: Service<{
  /**
   * Check gets the health of the specified service. If the requested service
   * is unknown, the call will fail with status NOT_FOUND. If the caller does
   * not specify a service name, the server should respond with its overall
   * health status.
   *
   * Clients should set a deadline when calling Check, and can declare the
   * server unhealthy if they do not receive a timely response.
   *
   * Check implementations should be idempotent and side effect free.
   */
  check: Method<HealthCheckRequest, HealthCheckResponse, 'unary'>;
  /**
   * Performs a watch for the serving status of the requested service.
   * The server will immediately send back a message indicating the current
   * serving status.  It will then subsequently send a new message whenever
   * the service's serving status changes.
   *
   * If the requested service is unknown when the call is received, the
   * server will send a message setting the serving status to
   * SERVICE_UNKNOWN but will *not* terminate the call.  If at some
   * future point, the serving status of the service becomes known, the
   * server will send a new message with the service's serving status.
   *
   * If the call terminates with status UNIMPLEMENTED, then clients
   * should assume this method is not supported and should not retry the
   * call.  If the call terminates with any other status (including OK),
   * clients should retry the call with appropriate exponential backoff.
   */
  watch: Method<HealthCheckRequest, HealthCheckResponse, 'serverStream'>;
  /**
   * List provides a non-atomic snapshot of the health of all the available
   * services.
   *
   * The server may respond with a RESOURCE_EXHAUSTED error if too many services
   * exist.
   *
   * Clients should set a deadline when calling List, and can declare the server
   * unhealthy if they do not receive a timely response.
   *
   * Clients should keep in mind that the list of health services exposed by an
   * application can change over the lifetime of the process.
   */
  list: Method<HealthListRequest, HealthListResponse, 'unary'>;
}> = serviceOf(file, 'grpc.health.v1.Health');
