// Made by "flowrpc generate" from google/api/annotations.proto. Do not edit.
/* eslint-disable */

import { defineFile } from 'flowrpc';
import { file as file_google_api_http } from './http.ts';
import { file as file_google_protobuf_descriptor } from '../protobuf/descriptor.ts';

/** The descriptors of google/api/annotations.proto. */
export const file = defineFile(
  'Chxnb29nbGUvYXBpL2Fubm90YXRpb25zLnByb3RvEgpnb29nbGUuYXBpGhVnb29nbGUvYXBpL2h0dHAucHJvdG8aIGdvb2dsZS9wcm90b2J1' +
    'Zi9kZXNjcmlwdG9yLnByb3RvOksKBGh0dHASHi5nb29nbGUucHJvdG9idWYuTWV0aG9kT3B0aW9ucxiwyrwiIAEoCzIULmdvb2dsZS5hcGku' +
    'SHR0cFJ1bGVSBGh0dHBCblpBZ29vZ2xlLmdvbGFuZy5vcmcvZ2VucHJvdG8vZ29vZ2xlYXBpcy9hcGkvYW5ub3RhdGlvbnM7YW5ub3RhdGlv' +
    'bnNQAUIQQW5ub3RhdGlvbnNQcm90bwoOY29tLmdvb2dsZS5hcGmiAgRHQVBJYgZwcm90bzM=',
  [file_google_api_http, file_google_protobuf_descriptor],
);
