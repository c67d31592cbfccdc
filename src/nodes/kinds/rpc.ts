import { positiveDuration } from '../duration-field.ts';
import { flag, oneOf, wholeNumber } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import { protoIssues } from '../proto-issues.ts';
import { RemoteMethod } from '../remote-method.ts';
import { forwardField, metadataField } from '../rpc-metadata.ts';
import { RpcNode } from '../rpc-node.ts';
import { fieldsOf, optional, text } from '../schema.ts';

/** Calls a method of any gRPC service: the payload is the request, the response goes to `out`, a failure to `error`. */
export const rpcKind = defineKind({
  kind: 'rpc',
  spec: fieldsOf(
    {
      target: text('an address such as "dns:///users:50051"'),
      service: text('the full name of a service'),
      method: text('the name of a method'),
      proto: optional(text('the path of a proto file')),
      timeout: optional(positiveDuration),
      metadata: optional(metadataField),
      forward: optional(forwardField),
      responses: optional(oneOf(['list', 'each'])),
      maxResponses: optional(wholeNumber(1, 1_000_000)),
      withMetadata: optional(flag),
    },
    ({ responses, withMetadata }) =>
      responses === 'each' && withMetadata
        ? { path: ['withMetadata'], message: 'wanted responses: list beside it' }
        : undefined,
  ),
  fields: [
    'target',
    'service',
    'method',
    'proto',
    'timeout',
    'metadata',
    'forward',
    'responses',
    'maxResponses',
    'withMetadata',
  ],
  check: (fields, { baseDir }) => protoIssues(fields, baseDir),
  async setup(fields, { channel, baseDir, log }) {
    const { target, service, method, proto, responses = 'list', maxResponses = 10_000, withMetadata = false } = fields;
    const remote = new RemoteMethod({ channel: channel(target), service, method, proto, baseDir });
    // A proto file is there or not; a peer may come up later.
    if (proto !== undefined) await remote.resolve();
    else
      remote
        .resolve()
        .catch((error: unknown) => log.warn('service is not there yet', { service, target, error: String(error) }));
    const { timeout: timeoutMs, metadata, forward } = fields;
    return new RpcNode(remote, {
      timeoutMs,
      metadata,
      forward,
      each: responses === 'each',
      maxResponses,
      withMetadata,
    });
  },
});
