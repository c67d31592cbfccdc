// Made by "flowrpc generate" from google/rpc/status.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, type MessageType } from '../../../runtime.ts';
import { file as file_google_protobuf_any, type Any } from '../protobuf/any.ts';

/**
 * The `Status` type defines a logical error model that is suitable for
 * different programming environments, including REST APIs and RPC APIs. It is
 * used by [gRPC](https://github.com/grpc). Each `Status` message contains
 * three pieces of data: error code, error message, and error details.
 *
 * You can find out more about this error model and how to work with it in the
 * [API Design Guide](https://cloud.google.com/apis/design/errors).
 */
export interface Status {
  /**
   * The status code, which should be an enum value of
   * [google.rpc.Code][google.rpc.Code].
   */
  code: number;
  /**
   * A developer-facing error message, which should be in English. Any
   * user-facing error message should be localized and sent in the
   * [google.rpc.Status.details][google.rpc.Status.details] field, or localized
   * by the client.
   */
  message: string;
  /**
   * A list of messages that carry the error details.  There is a common set of
   * message types for APIs to use.
   */
  details: Any[];
}

/** The descriptors of google/rpc/status.proto. */
export const file = defineFile(
  'Chdnb29nbGUvcnBjL3N0YXR1cy5wcm90bxIKZ29vZ2xlLnJwYxoZZ29vZ2xlL3Byb3RvYnVmL2FueS5wcm90byJmCgZTdGF0dXMSEgoEY29k' +
    'ZRgBIAEoBVIEY29kZRIYCgdtZXNzYWdlGAIgASgJUgdtZXNzYWdlEi4KB2RldGFpbHMYAyADKAsyFC5nb29nbGUucHJvdG9idWYuQW55Ugdk' +
    'ZXRhaWxzQl5aN2dvb2dsZS5nb2xhbmcub3JnL2dlbnByb3RvL2dvb2dsZWFwaXMvcnBjL3N0YXR1cztzdGF0dXNQAUILU3RhdHVzUHJvdG8K' +
    'DmNvbS5nb29nbGUucnBjogIDUlBDYgZwcm90bzM=',
  [file_google_protobuf_any],
);

export const Status: MessageType<Status> = messageOf(file, 'google.rpc.Status');
