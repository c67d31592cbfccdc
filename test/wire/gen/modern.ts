// Made by "flowrpc generate" from modern.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, type MessageType } from 'flowrpc';

export interface Fresh {
  explicitName?: string;
  implicitName: string;
  numbers: number[];
  tight: number[];
  child?: Fresh;
}

/** The descriptors of modern.proto. */
export const file = defineFile(
  'Cgxtb2Rlcm4ucHJvdG8SBm1vZGVybiK7AQoFRnJlc2gSIwoNZXhwbGljaXRfbmFtZRgBIAEoCVIMZXhwbGljaXROYW1lEioKDWltcGxpY2l0' +
    'X25hbWUYAiABKAlCBaoBAggCUgxpbXBsaWNpdE5hbWUSGAoHbnVtYmVycxgDIAMoBVIHbnVtYmVycxIbCgV0aWdodBgEIAMoBUIFqgECGAFS' +
    'BXRpZ2h0EioKBWNoaWxkGAUgASgLMg0ubW9kZXJuLkZyZXNoQgWqAQIoAlIFY2hpbGRCBZIDAhgCYghlZGl0aW9uc3DoBw==',
  [],
);

export const Fresh: MessageType<Fresh> = messageOf(file, 'modern.Fresh');
