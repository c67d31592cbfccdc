// Made by "flowrpc generate" from flowrpc/v1/options.proto. Do not edit.
/* eslint-disable */

import { defineFile } from '../../../runtime.ts';
import { file as file_google_protobuf_descriptor } from '../../google/protobuf/descriptor.ts';

/** The descriptors of flowrpc/v1/options.proto. */
export const file = defineFile(
  'ChhmbG93cnBjL3YxL29wdGlvbnMucHJvdG8SCmZsb3dycGMudjEaIGdvb2dsZS9wcm90b2J1Zi9kZXNjcmlwdG9yLnByb3RvOkQKC3Blcl9w' +
    'cm9jZXNzEh4uZ29vZ2xlLnByb3RvYnVmLk1ldGhvZE9wdGlvbnMYxJQDIAEoCFIKcGVyUHJvY2Vzc4gBAUJCqgIKRmxvd1JwYy5WMVoUZmxv' +
    'd3JwYy92MTtmbG93cnBjdjFQAUIMT3B0aW9uc1Byb3RvCg1pby5mbG93cnBjLnYxYgZwcm90bzM=',
  [file_google_protobuf_descriptor],
);
