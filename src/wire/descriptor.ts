/** The parts of `google.protobuf.FileDescriptorProto` that this package reads; options stay bytes until somebody asks. */
export interface FileDescriptor {
  name: string;
  package?: string;
  dependency: string[];
  publicDependency: number[];
  weakDependency: number[];
  messageType: MessageDescriptor[];
  enumType: EnumDescriptor[];
  service: ServiceDescriptor[];
  extension: FieldDescriptor[];
  options?: Uint8Array;
  syntax?: string;
  edition?: number;
}

export interface MessageDescriptor {
  name: string;
  field: FieldDescriptor[];
  nestedType: MessageDescriptor[];
  enumType: EnumDescriptor[];
  extensionRange: NumberRange[];
  extension: FieldDescriptor[];
  options?: Uint8Array;
  oneofDecl: OneofDescriptor[];
  reservedRange: NumberRange[];
  reservedName: string[];
}

/** `end` is exclusive, except in enums. */
export interface NumberRange {
  start: number;
  end: number;
}

export interface FieldDescriptor {
  name: string;
  extendee?: string;
  number: number;
  /** 1 optional, 2 required, 3 repeated. */
  label: number;
  /** 1 to 18, as `FieldDescriptorProto.Type`; see `fieldTypes`. */
  type?: number;
  typeName?: string;
  defaultValue?: string;
  options?: Uint8Array;
  oneofIndex?: number;
  jsonName?: string;
  proto3Optional?: boolean;
}

export interface OneofDescriptor {
  name: string;
  options?: Uint8Array;
}

export interface EnumDescriptor {
  name: string;
  value: EnumValueDescriptor[];
  options?: Uint8Array;
  reservedRange: NumberRange[];
  reservedName: string[];
}

export interface EnumValueDescriptor {
  name: string;
  number: number;
  options?: Uint8Array;
}

export interface ServiceDescriptor {
  name: string;
  method: MethodDescriptor[];
  options?: Uint8Array;
}

export interface MethodDescriptor {
  name: string;
  inputType: string;
  outputType: string;
  options?: Uint8Array;
  clientStreaming?: boolean;
  serverStreaming?: boolean;
}

/** Names of `FieldDescriptorProto.Type`, at the index of their number. */
export const fieldTypes = [
  '',
  'double',
  'float',
  'int64',
  'uint64',
  'int32',
  'fixed64',
  'fixed32',
  'bool',
  'string',
  'group',
  'message',
  'bytes',
  'uint32',
  'enum',
  'sfixed32',
  'sfixed64',
  'sint32',
  'sint64',
] as const;

/** Numbers of `FieldDescriptorProto.Label`. */
export const Label = { optional: 1, required: 2, repeated: 3 } as const;

/** A message of which nothing is known but its name. */
export function emptyMessage(name: string): MessageDescriptor {
  return {
    name,
    field: [],
    nestedType: [],
    enumType: [],
    extensionRange: [],
    extension: [],
    oneofDecl: [],
    reservedRange: [],
    reservedName: [],
  };
}
