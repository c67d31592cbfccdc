import { positiveDuration } from '../duration-field.ts';
import { flag, wholeNumber } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import { pemPair } from '../pem-pair.ts';
import { isMetadataKey } from '../rpc-metadata.ts';
import { checked, fieldsOf, optional, text } from '../schema.ts';

const texts = (wanted: string) =>
  checked(wanted, (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
      ? (value as readonly string[])
      : undefined,
  );

const headerNames = checked('a list of header names such as [x-tenant]', (value) =>
  Array.isArray(value) && value.every(isMetadataKey) ? (value as readonly string[]) : undefined,
);

/** Opens an address where HTTP with JSON calls the nodes of this graph, or the services of a target. */
export const transcodeKind = defineKind({
  kind: 'transcode',
  spec: fieldsOf({
    host: optional(text('an address to listen on such as "127.0.0.1" or "::"')),
    port: wholeNumber(0, 65_535),
    tls: optional(pemPair),
    target: optional(text('an address such as "dns:///users:50051"')),
    services: optional(texts('a list of services such as [users.v1.Users, "shop.*"]')),
    headers: optional(headerNames),
    responseHeaders: optional(headerNames),
    cors: optional(texts('a list of origins such as ["https://app.example.com"]')),
    maxBodyBytes: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    timeout: optional(positiveDuration),
    docs: optional(flag),
    defaults: optional(flag),
  }),
  fields: [
    'host',
    'port',
    'tls',
    'target',
    'services',
    'headers',
    'responseHeaders',
    'cors',
    'maxBodyBytes',
    'timeout',
    'docs',
    'defaults',
  ],
  inputs: [],
  outputs: [],
  // Reached from this machine alone, unless somebody says so.
  async setup({ host = '127.0.0.1', timeout, ...fields }, context) {
    const { TranscodeNode } = await import('../transcode-node.ts');
    return await TranscodeNode.open({ host, timeoutMs: timeout, ...fields }, context);
  },
});
