import { emptyMessage } from './descriptor.ts';
import type { ScalarType } from './scalar.ts';
import { type EnumSchema, type FieldSchema, MessageSchema } from './schema.ts';

// What google/protobuf/descriptor.proto declares, in short: `name number type`, `*` repeated, `!` always there. Everything else in this
// folder is made from descriptors, so the type of descriptors itself must be given by hand. Options are bytes here: each
// options message below reads them when asked, and extensions in them survive untouched.
const messages: Readonly<Record<string, string>> = {
  FileDescriptorSet: 'file 1 FileDescriptorProto*',
  FileDescriptorProto: `name 1 string!, package 2 string, dependency 3 string*, public_dependency 10 int32*, weak_dependency 11 int32*,
    message_type 4 DescriptorProto*, enum_type 5 EnumDescriptorProto*, service 6 ServiceDescriptorProto*,
    extension 7 FieldDescriptorProto*, options 8 bytes, syntax 12 string, edition 14 int32`,
  DescriptorProto: `name 1 string!, field 2 FieldDescriptorProto*, nested_type 3 DescriptorProto*, enum_type 4 EnumDescriptorProto*,
    extension_range 5 Range*, extension 6 FieldDescriptorProto*, options 7 bytes, oneof_decl 8 OneofDescriptorProto*,
    reserved_range 9 Range*, reserved_name 10 string*`,
  Range: 'start 1 int32!, end 2 int32!',
  FieldDescriptorProto: `name 1 string!, extendee 2 string, number 3 int32!, label 4 int32!, type 5 int32, type_name 6 string,
    default_value 7 string, options 8 bytes, oneof_index 9 int32, json_name 10 string, proto3_optional 17 bool`,
  OneofDescriptorProto: 'name 1 string!, options 2 bytes',
  EnumDescriptorProto:
    'name 1 string!, value 2 EnumValueDescriptorProto*, options 3 bytes, reserved_range 4 Range*, reserved_name 5 string*',
  EnumValueDescriptorProto: 'name 1 string!, number 2 int32!, options 3 bytes',
  ServiceDescriptorProto: 'name 1 string!, method 2 MethodDescriptorProto*, options 3 bytes',
  MethodDescriptorProto: `name 1 string!, input_type 2 string!, output_type 3 string!, options 4 bytes, client_streaming 5 bool,
    server_streaming 6 bool`,
  FileOptions: `java_package 1 string, java_outer_classname 8 string, java_multiple_files 10 bool,
    java_generate_equals_and_hash 20 bool, java_string_check_utf8 27 bool, optimize_for 9 OptimizeMode, go_package 11 string,
    cc_generic_services 16 bool, java_generic_services 17 bool, py_generic_services 18 bool, deprecated 23 bool,
    cc_enable_arenas 31 bool, objc_class_prefix 36 string, csharp_namespace 37 string, swift_prefix 39 string,
    php_class_prefix 40 string, php_namespace 41 string, php_metadata_namespace 44 string, ruby_package 45 string,
    features 50 FeatureSet`,
  MessageOptions: `message_set_wire_format 1 bool, no_standard_descriptor_accessor 2 bool, deprecated 3 bool, map_entry 7 bool,
    deprecated_legacy_json_field_conflicts 11 bool, features 12 FeatureSet`,
  FieldOptions: `ctype 1 CType, packed 2 bool, jstype 6 JSType, lazy 5 bool, unverified_lazy 15 bool, deprecated 3 bool, weak 10 bool,
    debug_redact 16 bool, features 21 FeatureSet`,
  OneofOptions: 'features 1 FeatureSet',
  EnumOptions:
    'allow_alias 2 bool, deprecated 3 bool, deprecated_legacy_json_field_conflicts 6 bool, features 7 FeatureSet',
  EnumValueOptions: 'deprecated 1 bool, features 2 FeatureSet, debug_redact 3 bool',
  ExtensionRangeOptions: '',
  ServiceOptions: 'deprecated 33 bool, features 34 FeatureSet',
  MethodOptions: 'deprecated 33 bool, idempotency_level 34 IdempotencyLevel, features 35 FeatureSet',
  FeatureSet: `field_presence 1 FieldPresence, enum_type 2 EnumType, repeated_field_encoding 3 RepeatedFieldEncoding,
    utf8_validation 4 Utf8Validation, message_encoding 5 MessageEncoding, json_format 6 JsonFormat`,
};

const enums: Readonly<Record<string, string>> = {
  OptimizeMode: 'SPEED 1, CODE_SIZE 2, LITE_RUNTIME 3',
  CType: 'STRING 0, CORD 1, STRING_PIECE 2',
  JSType: 'JS_NORMAL 0, JS_STRING 1, JS_NUMBER 2',
  IdempotencyLevel: 'IDEMPOTENCY_UNKNOWN 0, NO_SIDE_EFFECTS 1, IDEMPOTENT 2',
  FieldPresence: 'FIELD_PRESENCE_UNKNOWN 0, EXPLICIT 1, IMPLICIT 2, LEGACY_REQUIRED 3',
  EnumType: 'ENUM_TYPE_UNKNOWN 0, OPEN 1, CLOSED 2',
  RepeatedFieldEncoding: 'REPEATED_FIELD_ENCODING_UNKNOWN 0, PACKED 1, EXPANDED 2',
  Utf8Validation: 'UTF8_VALIDATION_UNKNOWN 0, VERIFY 2, NONE 3',
  MessageEncoding: 'MESSAGE_ENCODING_UNKNOWN 0, LENGTH_PREFIXED 1, DELIMITED 2',
  JsonFormat: 'JSON_FORMAT_UNKNOWN 0, ALLOW 1, LEGACY_BEST_EFFORT 2',
};

const cache = new Map<string, MessageSchema>();

/** The schema of a message in google/protobuf/descriptor.proto, such as `FileDescriptorProto` or `MethodOptions`. */
export function descriptorSchema(name: string): MessageSchema {
  let schema = cache.get(name);
  if (schema === undefined) {
    schema = new MessageSchema(`google.protobuf.${name}`, emptyMessage(''), () => fieldsOf(messages[name]!));
    cache.set(name, schema);
  }
  return schema;
}

function fieldsOf(table: string): FieldSchema[] {
  return entriesOf(table).map(([name, number, type]) => {
    const base = type!.replace(/[*!]/, '');
    const localName = localNameOf(name!);
    const inner =
      base in messages
        ? ({ type: 'message', message: descriptorSchema(base) } as const)
        : base in enums
          ? ({ type: 'enum', enum: enumOf(base) } as const)
          : ({ type: base as ScalarType } as const);
    return {
      name: name!,
      localName,
      jsonName: localName,
      number: Number(number),
      ...inner,
      list: type!.endsWith('*'),
      packed: false,
      presence: type!.endsWith('!') ? 'required' : 'explicit',
      group: false,
    } as const;
  });
}

function enumOf(name: string): EnumSchema {
  const pairs = entriesOf(enums[name]!).map(([label, number]) => [label!, Number(number)] as const);
  return {
    name: `google.protobuf.${name}`,
    numbers: new Map(pairs),
    names: new Map(pairs.map(([label, number]) => [number, label])),
    zero: pairs[0]![0],
    closed: true,
    descriptor: { name, value: [], reservedRange: [], reservedName: [] },
  };
}

function entriesOf(table: string): string[][] {
  return table
    .split(',')
    .map((entry) => entry.trim().split(/\s+/))
    .filter((parts) => parts.length > 1);
}

/** `user_id` as code and JSON write it: `userId` (the rule of protoc's json_name). */
export function localNameOf(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}
