import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate as rules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { protoFile } from '../../src/wire/descriptor-file.ts';
import { descriptorIndex } from '../../src/wire/descriptor-index.ts';
import { protoText } from '../../src/wire/proto-text.ts';

/** Writes `buf/validate/validate.proto` as the library knows it, so that proto files of the tests can import it. */
export async function writeRulesProto(folder: string): Promise<void> {
  const files = [...rules.dependencies, rules].map(({ proto }) =>
    protoFile(toBinary(FileDescriptorProtoSchema, proto)),
  );
  const index = descriptorIndex(files);
  const text = [
    // Its own is proto2, where each field wants a label that the printer leaves out; what is read here is the same.
    'syntax = "proto3";',
    'package buf.validate;',
    ...rules.dependencies.map(({ proto }) => `import "${proto.name}";`),
    ...[...rules.messages, ...rules.enums].map(({ typeName }) => protoText(index, typeName) ?? ''),
    ...rules.extensions.map(
      ({ extendee, message, name, number }) =>
        `extend ${extendee.typeName} { optional ${message?.typeName} ${name} = ${number}; }`,
    ),
  ];
  await mkdir(join(folder, 'buf/validate'), { recursive: true });
  await writeFile(join(folder, 'buf/validate/validate.proto'), text.join('\n'));
}
