import type { Method, ProtoFile, Service } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { type CodecOptions, type CodecStyle, codecStyle } from './codec-options.ts';
import { type DescriptorIndex, descriptorIndex } from './descriptor-index.ts';
import { typeOf } from './message-type.ts';
import type { MethodSchema, ServiceSchema } from './schema.ts';

/**
 * The services of serialized descriptors by full name. Descriptors may come from a peer, by reflection: they are only data here,
 * no code is generated from them.
 */
export function servicesFromFiles(files: readonly ProtoFile[], options: CodecOptions = {}): Record<string, Service> {
  checkOptions('servicesFromFiles', options, ['int64']);
  const index = descriptorIndex(files);
  const style = codecStyle(options);
  return Object.fromEntries([...index.services].map(([name, schema]) => [name, serviceFrom(index, schema, style)]));
}

/** One service of an index. Codecs are made when a method is first used. */
export function serviceFrom(index: DescriptorIndex, schema: ServiceSchema, style: CodecStyle): Service {
  const methods = schema.methods.map((method) => [method.localName, methodFrom(schema.name, method, style)] as const);
  return Object.freeze({
    name: schema.name,
    methods: Object.freeze(Object.fromEntries(methods)),
    files: index.closure(schema.file),
  });
}

function methodFrom(service: string, schema: MethodSchema, style: CodecStyle): Method {
  const { name, localName, kind, idempotency } = schema;
  const request = typeOf(schema.input, style);
  const response = typeOf(schema.output, style);
  return Object.freeze({
    name,
    localName,
    service,
    path: `/${service}/${name}`,
    kind,
    known: true,
    idempotency,
    request,
    response,
  });
}
