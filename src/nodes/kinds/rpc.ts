import { Metadata } from '../../core/metadata.ts';
import { Activation } from '../activation.ts';
import { parseDuration } from '../duration.ts';
import { writeHops } from '../hop.ts';
import { defineKind } from '../kind.ts';
import { oneToOne } from '../one-to-one.ts';
import { RemoteMethod } from '../remote-method.ts';
import { checked, fieldsOf, optional, text } from '../schema.ts';

const timeout = checked('a duration such as "200ms"', parseDuration);

const metadata = checked('a mapping of metadata keys to text', (value) =>
  typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string')
    ? (value as Record<string, string>)
    : undefined,
);

const noHops = { hops: 0, path: [] };

/** Calls a method of any gRPC service: the payload is the request, the response goes to `out`, a failure to `error`. */
export const rpcKind = defineKind({
  kind: 'rpc',
  spec: fieldsOf({
    target: text('an address such as "dns:///users:50051"'),
    service: text('the full name of a service'),
    method: text('the name of a method'),
    proto: optional(text('the path of a proto file')),
    timeout: optional(timeout),
    metadata: optional(metadata),
  }),
  fields: ['target', 'service', 'method', 'proto', 'timeout', 'metadata'],
  async setup({ target, service, method, proto, timeout, metadata }, { channel, baseDir, log }) {
    const remote = new RemoteMethod({ channel: channel(target), service, method, proto, baseDir });
    // A proto file is there or not; a peer may come up later.
    if (proto !== undefined) await remote.resolve();
    else
      remote
        .resolve()
        .catch((error: unknown) => log.warn('service is not there yet', { service, target, error: String(error) }));
    return oneToOne(async (payload, context) => {
      const { deadline } = context;
      const timeoutMs = timeout ?? (deadline === Number.POSITIVE_INFINITY ? 30_000 : undefined);
      // It leads out of this process as an edge does.
      const sent = new Metadata(metadata);
      writeHops(sent, context instanceof Activation ? context.run : noHops, context.node.service);
      const { reply } = await remote.call(payload, { timeoutMs, metadata: sent });
      return reply;
    });
  },
});
