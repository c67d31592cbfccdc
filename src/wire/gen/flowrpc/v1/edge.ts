// Made by "flowrpc generate" from flowrpc/v1/edge.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, type MessageType } from '../../../runtime.ts';
import { file as file_google_rpc_status, type Status } from '../../google/rpc/status.ts';

/**
 * What a message of a node's reply stream is, where it is no reply with a value.
 * Stands in field 536870911 of the message, which readers that do not know it
 * skip. Only callers that say they are edges get it.
 */
export interface ReplyMark {
  kind?:
    /** There is no response. */
    | { case: 'none'; value: boolean }
    /** The reply is an error. */
    | { case: 'error'; value: Status };
}

/** The descriptors of flowrpc/v1/edge.proto. */
export const file = defineFile(
  'ChVmbG93cnBjL3YxL2VkZ2UucHJvdG8SCmZsb3dycGMudjEaF2dvb2dsZS9ycGMvc3RhdHVzLnByb3RvIlUKCVJlcGx5TWFyaxIUCgRub25l' +
    'GAEgASgISABSBG5vbmUSKgoFZXJyb3IYAiABKAsyEi5nb29nbGUucnBjLlN0YXR1c0gAUgVlcnJvckIGCgRraW5kQj+qAgpGbG93UnBjLlYx' +
    'WhRmbG93cnBjL3YxO2Zsb3dycGN2MVABQglFZGdlUHJvdG8KDWlvLmZsb3dycGMudjFiBnByb3RvMw==',
  [file_google_rpc_status],
);

export const ReplyMark: MessageType<ReplyMark> = messageOf(file, 'flowrpc.v1.ReplyMark');
