import type { Method, Service } from '../../core/method.ts';
import { streamsRequests } from '../../core/method.ts';
import { codecStyle } from '../../wire/codec-options.ts';
import { type DescriptorIndex, descriptorIndex } from '../../wire/descriptor-index.ts';
import type { MessageType } from '../../wire/message-type.ts';
import type { FieldSchema, MessageSchema, MethodSchema } from '../../wire/schema.ts';
import { serviceFrom } from '../../wire/services-from-files.ts';
import { fieldPath } from './field-path.ts';
import { type HttpRule, httpRules } from './http-rule.ts';
import { type PathTemplate, parseTemplate } from './path-template.ts';

/** A method whose messages are known by their descriptors. */
export type TypedMethod = Method & { readonly request: MessageType; readonly response: MessageType };

/** One way from HTTP to a method. */
export interface Binding {
  readonly method: TypedMethod;
  /** Where messages inside `google.protobuf.Any` are looked up. */
  readonly index: DescriptorIndex;
  /** The HTTP method; `*` for any. */
  readonly verb: string;
  readonly template: PathTemplate;
  /** Fields that the path says, by their name in the template. */
  readonly variables: ReadonlyMap<string, readonly FieldSchema[]>;
  /** What the body is: the whole message, one field of it, or nothing. */
  readonly body: 'message' | FieldSchema | undefined;
  /** The field of the response that is answered; undefined for all of it. */
  readonly responseBody: FieldSchema | undefined;
}

/** How HTTP reaches the methods of a service. */
export interface ServiceBindings {
  readonly service: string;
  /** What `google.api.http` says, in the order of the file. */
  readonly rules: readonly Binding[];
  /** `POST /package.Service/Method`, and GET where the method has no side effects. */
  readonly direct: readonly Binding[];
  /** Rules that cannot be followed, in words. */
  readonly problems: readonly string[];
}

const known = new WeakMap<Service, ServiceBindings>();

/** The bindings of a service, made once; undefined without descriptors. */
export function bindingsOf(service: Service): ServiceBindings | undefined {
  let bindings = known.get(service);
  if (bindings !== undefined) return bindings;
  if (service.files.length === 0) return undefined;
  const index = descriptorIndex(service.files);
  const schema = index.services.get(service.name);
  if (schema === undefined) return undefined;
  const { methods } = serviceFrom(index, schema, codecStyle());
  const rules: Binding[] = [];
  const direct: Binding[] = [];
  const problems: string[] = [];
  for (const declared of schema.methods) {
    const method = methods[declared.localName] as TypedMethod;
    for (const rule of rulesOf(schema.descriptor.method.find(({ name }) => name === declared.name)?.options)) {
      try {
        rules.push(bindingOf(rule, method, declared, index));
      } catch (error) {
        problems.push(`${method.path.slice(1)} has no path "${rule.path}": ${(error as Error).message}`);
      }
    }
    direct.push(...directOf(method, index));
  }
  known.set(service, (bindings = { service: service.name, rules, direct, problems }));
  return bindings;
}

function rulesOf(options: Uint8Array | undefined): readonly HttpRule[] {
  try {
    return httpRules(options);
  } catch {
    return [];
  }
}

function bindingOf(
  { verb, path, body, responseBody }: HttpRule,
  method: TypedMethod,
  { input, output, kind }: MethodSchema,
  index: DescriptorIndex,
): Binding {
  if (!/^(?:\*|[A-Z]{1,20})$/.test(verb)) throw new Error(`"${verb}" is no HTTP method`);
  const template = parseTemplate(path);
  const variables = template.variables.map(({ field }) => {
    const fields = fieldPath(input, field);
    if (fields.some(({ list, map }) => list || map !== undefined)) throw new Error(`field "${field}" is not single`);
    return [field, fields] as const;
  });
  if (streamsRequests(kind) && body !== '*') throw new Error('it takes a stream of requests: wanted body: "*"');
  return {
    method,
    index,
    verb,
    template,
    variables: new Map(variables),
    body: body === '*' ? 'message' : body === '' ? undefined : fieldNamed(input, body),
    responseBody: responseBody === '' ? undefined : fieldNamed(output, responseBody),
  };
}

function directOf(method: TypedMethod, index: DescriptorIndex): Binding[] {
  const text = method.path;
  const segments = text
    .slice(1)
    .split('/')
    .map((part) => ({ text: part }));
  const template = { text, segments, variables: [], verb: '' };
  const common = { method, index, template, variables: new Map(), responseBody: undefined };
  const post: Binding = { ...common, verb: 'POST', body: 'message' };
  const reads = method.idempotency === 'no-side-effects' && !streamsRequests(method.kind);
  return reads ? [post, { ...common, verb: 'GET', body: undefined }] : [post];
}

function fieldNamed(message: MessageSchema, name: string): FieldSchema {
  const found = message.fields.find((field) => field.name === name);
  if (found === undefined) throw new Error(`"${name}" is no field of ${message.name}`);
  return found;
}
