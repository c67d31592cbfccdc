import type { Codec, Method, Methods, Service } from '../core/method.ts';
import { decodeFile, encodeFile } from '../wire/descriptor-file.ts';
import { Control, file } from '../wire/gen/flowrpc/v1/control.ts';
import type { Value } from '../wire/gen/google/protobuf/struct.ts';
import { messageCodec } from '../wire/index.ts';

/** A message of Control as code has it: a field of type google.protobuf.Value is the bytes of one (`encodeValue`, `decodeValue`). */
export type Raw<T> = { [K in keyof T]: RawField<T[K]> };

type RawField<T> = T extends readonly (infer I)[]
  ? RawField<I>[]
  : T extends object
    ? 'kind' extends keyof T
      ? Value extends T
        ? Uint8Array
        : Raw<T>
      : T extends Uint8Array
        ? T
        : Raw<T>
    : T;

type RawMethods<M extends Methods> = {
  readonly [N in keyof M]: M[N] extends Method<infer I, infer O, infer K> ? Method<Raw<I>, Raw<O>, K> : never;
};

type ControlMethods = RawMethods<(typeof Control)['methods']>;

const bytesType = 12;
const valueType = '.google.protobuf.Value';

/** On the wire a message and the bytes of one are the same, so a reader may take either: hints of values are kept then. */
const rawFiles = file.files.map((each) => {
  if (!each.name.startsWith('flowrpc/v1/')) return each;
  const descriptor = structuredClone(decodeFile(each));
  for (const message of withNested(descriptor.messageType))
    for (const field of message.field)
      if (field.typeName === valueType) Object.assign(field, { type: bytesType, typeName: undefined });
  return encodeFile(descriptor);
});

interface HasNested {
  readonly nestedType: readonly this[];
}

function withNested<T extends HasNested>(messages: readonly T[]): T[] {
  return messages.flatMap((message) => [message, ...withNested(message.nestedType)]);
}

/** Without `redact`: what specs, values and frames hold is not for logs. */
function raw({ typeName: name }: { readonly typeName: string }): Codec<unknown> {
  const { typeName, encode, decode } = messageCodec(rawFiles, name);
  return { typeName, encode, decode };
}

/** `flowrpc.v1.Control` with its published descriptors, and values that are bytes. */
export const ControlService: Service<ControlMethods> = {
  ...Control,
  methods: Object.fromEntries(
    Object.entries(Control.methods).map(([name, method]) => [
      name,
      { ...method, request: raw(method.request), response: raw(method.response) },
    ]),
  ) as unknown as ControlMethods,
};
