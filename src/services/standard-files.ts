import type { ProtoFile } from '../core/method.ts';
import { file as any } from '../wire/gen/google/protobuf/any.ts';
import { file as duration } from '../wire/gen/google/protobuf/duration.ts';
import { file as empty } from '../wire/gen/google/protobuf/empty.ts';
import { file as fieldMask } from '../wire/gen/google/protobuf/field_mask.ts';
import { file as struct } from '../wire/gen/google/protobuf/struct.ts';
import { file as timestamp } from '../wire/gen/google/protobuf/timestamp.ts';
import { file as wrappers } from '../wire/gen/google/protobuf/wrappers.ts';
import { detailFiles } from '../wire/index.ts';

/**
 * What any client may meet without a service importing it: the types of `google.rpc` error details, and the well-known types
 * that are packed into `Any`.
 */
export const standardFiles: readonly ProtoFile[] = [
  ...new Set([
    ...detailFiles,
    ...[any, duration, empty, fieldMask, struct, timestamp, wrappers].flatMap(({ files }) => files),
  ]),
];
