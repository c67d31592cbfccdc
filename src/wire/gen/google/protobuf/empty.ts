// Made by "flowrpc generate" from google/protobuf/empty.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, type MessageType } from '../../../runtime.ts';

/**
 * A generic empty message that you can re-use to avoid defining duplicated
 * empty messages in your APIs. A typical example is to use it as the request
 * or the response type of an API method. For instance:
 *
 * service Foo {
 * rpc Bar(google.protobuf.Empty) returns (google.protobuf.Empty);
 * }
 *
 */
export interface Empty {
}

/** The descriptors of google/protobuf/empty.proto. */
export const file = defineFile(
  'Chtnb29nbGUvcHJvdG9idWYvZW1wdHkucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiIHCgVFbXB0eUJ9Wi5nb29nbGUuZ29sYW5nLm9yZy9wcm90' +
    'b2J1Zi90eXBlcy9rbm93bi9lbXB0eXBiChNjb20uZ29vZ2xlLnByb3RvYnVmQgpFbXB0eVByb3RvUAGiAgNHUEKqAh5Hb29nbGUuUHJvdG9i' +
    'dWYuV2VsbEtub3duVHlwZXP4AQFiBnByb3RvMw==',
  [],
);

export const Empty: MessageType<Empty> = messageOf(file, 'google.protobuf.Empty');
