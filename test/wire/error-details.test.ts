import fc from 'fast-check';
import { Code, StatusError } from 'flowrpc';
import { expect, test } from 'vitest';
import {
  BadRequest,
  badRequest,
  DebugInfo,
  debugInfo,
  decodeDetails,
  decodeStatusDetails,
  detailFiles,
  ErrorInfo,
  encodeStatusDetails,
  errorInfo,
  findDetail,
  Help,
  help,
  LocalizedMessage,
  localizedMessage,
  PreconditionFailure,
  preconditionFailure,
  QuotaFailure,
  quotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
  requestInfo,
  resourceInfo,
  retryInfo,
} from '../../src/wire/index.ts';

test('all ten standard details are built and found in typed form', () => {
  const details = [
    badRequest({ fieldViolations: [{ field: 'a.b', description: 'must be set' }] }),
    debugInfo({ stackEntries: ['at x'], detail: 'd' }),
    errorInfo({ reason: 'QUOTA', domain: 'flowrpc', metadata: { k: 'v' } }),
    help({ links: [{ description: 'docs', url: 'https://example.com' }] }),
    localizedMessage({ locale: 'de', message: 'Nein' }),
    preconditionFailure({ violations: [{ type: 'TOS', subject: 's', description: 'd' }] }),
    quotaFailure({ violations: [{ subject: 's', description: 'd' }] }),
    requestInfo({ requestId: 'r' }),
    resourceInfo({ resourceType: 't', resourceName: 'n' }),
    retryInfo({ retryDelay: { seconds: 2, nanos: 5 } }),
  ];
  const error = new StatusError(Code.INVALID_ARGUMENT, 'no', { details });

  expect(findDetail(error, BadRequest)?.fieldViolations[0]).toMatchObject({ field: 'a.b', description: 'must be set' });
  expect(findDetail(error, DebugInfo)?.stackEntries).toEqual(['at x']);
  expect(findDetail(error, ErrorInfo)).toEqual({ reason: 'QUOTA', domain: 'flowrpc', metadata: { k: 'v' } });
  expect(findDetail(error, Help)?.links[0]?.url).toBe('https://example.com');
  expect(findDetail(error, LocalizedMessage)?.message).toBe('Nein');
  expect(findDetail(error, PreconditionFailure)?.violations[0]?.type).toBe('TOS');
  expect(findDetail(error, QuotaFailure)?.violations[0]?.subject).toBe('s');
  expect(findDetail(error, RequestInfo)?.requestId).toBe('r');
  expect(findDetail(error, ResourceInfo)?.resourceName).toBe('n');
  expect(findDetail(error, RetryInfo)?.retryDelay).toEqual({ seconds: 2n, nanos: 5 });
  expect(decodeDetails(error).map(({ typeName }) => typeName)).toHaveLength(10);
  expect(decodeDetails(error).every(({ message }) => message !== undefined)).toBe(true);
});

test('a detail of an unknown type keeps its bytes, a broken one is not found', () => {
  const details = [
    { typeUrl: 'type.googleapis.com/my.Type', value: Uint8Array.of(1) },
    { typeUrl: 't/google.rpc.RetryInfo', value: Uint8Array.of(0xff) },
  ];

  expect(decodeDetails(details)).toEqual([
    { typeName: 'my.Type', bytes: Uint8Array.of(1) },
    { typeName: 'google.rpc.RetryInfo', bytes: Uint8Array.of(0xff) },
  ]);
  expect(findDetail(details, RetryInfo)).toBeUndefined();
});

test('encodeStatusDetails() drops DebugInfo first and then the last ones until it fits', () => {
  const debug = debugInfo({ detail: 'x'.repeat(500) });
  const first = errorInfo({ reason: 'FIRST' });
  const last = localizedMessage({ message: 'y'.repeat(200) });
  const status = { code: Code.INTERNAL, message: 'm', details: [debug, first, last] };

  const kept = (maxBytes: number) =>
    decodeStatusDetails(encodeStatusDetails(status, { maxBytes }) ?? new Uint8Array())!.details.map(({ typeUrl }) =>
      typeUrl.split('.').at(-1),
    );

  expect(kept(4_096)).toEqual(['DebugInfo', 'ErrorInfo', 'LocalizedMessage']);
  expect(kept(500)).toEqual(['ErrorInfo', 'LocalizedMessage']);
  expect(kept(200)).toEqual(['ErrorInfo']);
  expect(encodeStatusDetails(status, { maxBytes: 10 })).toBeUndefined();
});

test('decodeStatusDetails() never throws on garbage', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const status = decodeStatusDetails(bytes);

      expect(status === undefined || Array.isArray(status.details)).toBe(true);
    }),
  );
});

test('detailFiles are what reflection needs for the standard details', () => {
  expect(detailFiles.map(({ name }) => name).sort()).toEqual([
    'google/protobuf/any.proto',
    'google/protobuf/duration.proto',
    'google/rpc/error_details.proto',
    'google/rpc/status.proto',
  ]);
});
