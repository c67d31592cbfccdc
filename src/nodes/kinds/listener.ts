import { duration, positiveDuration } from '../duration-field.ts';
import { oneOf, wholeNumber } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import { pemPair } from '../pem-pair.ts';
import { checked, fieldsOf, optional, text } from '../schema.ts';

const MiB = 1024 * 1024;

const headerNames = checked('a list of header names such as [X-Tenant]', (value) => {
  const isName = (name: unknown): name is string =>
    typeof name === 'string' && /^[\w.-]+$/.test(name) && !/^(?:grpc|flowrpc)-|-bin$/i.test(name);
  return Array.isArray(value) && value.every(isName) ? value.map((name) => name.toLowerCase()) : undefined;
});

const exposed = oneOf(['message', 'masked']);

/** A source: each HTTP request starts a process, whose reply is the answer. Opens its port once everything that it leads to is there. */
export const listenerKind = defineKind({
  kind: 'listener',
  spec: fieldsOf({
    protocol: optional(oneOf(['http'])),
    host: optional(text('an address to listen on such as "127.0.0.1" or "::"')),
    port: wholeNumber(0, 65_535),
    tls: optional(pemPair),
    timeout: optional(positiveDuration),
    maxBodyBytes: optional(wholeNumber(0, Number.MAX_SAFE_INTEGER)),
    bufferBytes: optional(wholeNumber(0, 64 * MiB)),
    maxHeaderBytes: optional(wholeNumber(1024, MiB)),
    headerTimeout: optional(positiveDuration),
    requestTimeout: optional(positiveDuration),
    idleTimeout: optional(duration),
    maxConnections: optional(wholeNumber(1, 1_000_000)),
    forward: optional(headerNames),
    exposeErrors: optional(exposed),
  }),
  fields: [
    'protocol',
    'host',
    'port',
    'tls',
    'timeout',
    'maxBodyBytes',
    'bufferBytes',
    'maxHeaderBytes',
    'headerTimeout',
    'requestTimeout',
    'idleTimeout',
    'maxConnections',
    'forward',
    'exposeErrors',
  ],
  inputs: [],
  outputs: ['out', 'error'],
  claims: ({ host = '127.0.0.1', port }) => (port === 0 ? [] : [`the address ${host}:${port}`]),
  async setup(fields, context) {
    const { HttpListener } = await import('../http/server-listener.ts');
    return await HttpListener.open(
      {
        // Reached from this machine alone, unless somebody says so.
        host: fields.host ?? '127.0.0.1',
        port: fields.port,
        tls: fields.tls,
        timeoutMs: fields.timeout ?? 30_000,
        maxBodyBytes: fields.maxBodyBytes ?? 100 * MiB,
        bufferBytes: fields.bufferBytes ?? MiB,
        maxHeaderBytes: fields.maxHeaderBytes ?? 16 * 1024,
        headerMs: fields.headerTimeout ?? 10_000,
        requestMs: fields.requestTimeout ?? 300_000,
        idleMs: fields.idleTimeout ?? 60_000,
        maxConnections: fields.maxConnections ?? 10_000,
        forward: fields.forward ?? [],
        exposeErrors: fields.exposeErrors,
      },
      context,
    );
  },
});
