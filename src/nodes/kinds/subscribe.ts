import { backoff } from '../backoff.ts';
import { positiveDuration } from '../duration-field.ts';
import { oneOf, wholeNumber } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import { protoIssues } from '../proto-issues.ts';
import { RemoteMethod } from '../remote-method.ts';
import { metadataField } from '../rpc-metadata.ts';
import { checked, fieldsOf, isMapping, optional, text } from '../schema.ts';
import { Subscription } from '../subscription.ts';

const resume = checked('a mapping such as { from: revision, to: fromRevision }', (value) => {
  const given = isMapping(value, ['from', 'to']) ? value : {};
  const { from, to } = given;
  return typeof from === 'string' && typeof to === 'string' && from !== '' && to !== '' ? { from, to } : undefined;
});

/** A source: each message of a server's stream starts a process. Begins again when the stream ends or fails. */
export const subscribeKind = defineKind({
  kind: 'subscribe',
  spec: fieldsOf(
    {
      target: text('an address such as "dns:///users:50051"'),
      service: text('the full name of a service'),
      method: text('the name of a method that streams responses'),
      proto: optional(text('the path of a proto file')),
      request: (value: unknown) => value,
      metadata: optional(metadataField),
      // Slower than retries: those who lost their stream come back all at once.
      backoff: (value: unknown = { initial: '200ms', max: '30s', jitter: 0.5 }) => backoff(value),
      resume: optional(resume),
      end: optional(oneOf(['again', 'stop'])),
      concurrency: optional(wholeNumber(1, 64)),
      timeout: optional(positiveDuration),
    },
    ({ request = {}, resume }) =>
      resume !== undefined && (typeof request !== 'object' || request === null || Array.isArray(request))
        ? { path: ['request'], message: 'wanted a mapping, for "resume" to put its field in' }
        : undefined,
  ),
  fields: [
    'target',
    'service',
    'method',
    'proto',
    'request',
    'metadata',
    'backoff',
    'resume',
    'end',
    'concurrency',
    'timeout',
  ],
  inputs: [],
  outputs: ['out', 'error'],
  check: (fields, { baseDir }) => protoIssues(fields, baseDir, { streams: true }),
  async setup(fields, { channel, baseDir }) {
    const { target, service, method, proto, request = {}, metadata, backoff, resume } = fields;
    const { end = 'again', concurrency = 64, timeout: timeoutMs = 30_000 } = fields;
    const remote = new RemoteMethod({ channel: channel(target), service, method, proto, baseDir });
    // A proto file is there or not; a peer may come up later.
    if (proto !== undefined) await remote.resolve();
    return new Subscription(remote, { request, metadata, backoff, resume, end, concurrency, timeoutMs });
  },
});
