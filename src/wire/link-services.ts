import type { Idempotency, MethodKind } from '../core/method.ts';
import type { EnumDescriptor, MethodDescriptor, ServiceDescriptor } from './descriptor.ts';
import { readOptions } from './descriptor-file.ts';
import type { Find } from './link-fields.ts';
import { type EnumSchema, MessageSchema, type MethodSchema, type ServiceSchema } from './schema.ts';

/** A service whose message types are looked up when first asked for. */
export function serviceSchema(name: string, file: string, descriptor: ServiceDescriptor, find: Find): ServiceSchema {
  return { name, file, descriptor, methods: descriptor.method.map((method) => methodSchema(name, method, find)) };
}

export function enumSchema(name: string, descriptor: EnumDescriptor, closed: boolean): EnumSchema {
  const names = new Map<number, string>();
  for (const { name: label, number = 0 } of descriptor.value) if (!names.has(number)) names.set(number, label);
  const numbers = new Map(descriptor.value.map(({ name: label, number = 0 }) => [label, number]));
  return { name, numbers, names, zero: descriptor.value[0]?.name ?? 0, closed, descriptor };
}

/** `SayHello` as code writes it: `sayHello`. */
export function methodLocalName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function methodSchema(service: string, method: MethodDescriptor, find: Find): MethodSchema {
  const { clientStreaming = false, serverStreaming = false } = method;
  return {
    name: method.name,
    localName: methodLocalName(method.name),
    kind: kinds[`${clientStreaming}-${serverStreaming}`],
    get input() {
      return messageNamed(method.inputType);
    },
    get output() {
      return messageNamed(method.outputType);
    },
    idempotency: idempotencies[String(readOptions('MethodOptions', method.options).idempotencyLevel)] ?? 'unknown',
  };

  function messageNamed(typeName: string): MessageSchema {
    const found = find(typeName, service);
    if (found instanceof MessageSchema) return found;
    throw new Error(
      `Cannot use method ${service}/${method.name}: no known file declares message "${typeName.replace(/^\./, '')}"`,
    );
  }
}

const kinds: Readonly<Record<`${boolean}-${boolean}`, MethodKind>> = {
  'false-false': 'unary',
  'false-true': 'serverStream',
  'true-false': 'clientStream',
  'true-true': 'bidi',
};

const idempotencies: Readonly<Record<string, Idempotency>> = {
  NO_SIDE_EFFECTS: 'no-side-effects',
  IDEMPOTENT: 'idempotent',
};
