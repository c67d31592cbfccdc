// Made by "flowrpc generate" from legacy.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, type MessageType } from 'flowrpc';
import { file as file_google_protobuf_descriptor } from './google/protobuf/descriptor.ts';

export interface Old {
  id: string;
  count?: number;
  plain: number[];
  tight: number[];
  part?: Old_Part;
  level?: Old_Level;
  raw?: Uint8Array;
  big?: number;
  which?:
    | { case: 'left'; value: string }
    | { case: 'right'; value: Old_Right };
}

export const Old_Level = {
  LOW: 'LOW',
  HIGH: 'HIGH',
  TOP: 'TOP',
} as const;

/** A value of Old_Level; a number that this file does not name stays a number. */
export type Old_Level = keyof typeof Old_Level | number;

export interface Old_Part {
  note?: string;
}

export interface Old_Right {
  n?: number;
}

/** The descriptors of legacy.proto. */
export const file = defineFile(
  'CgxsZWdhY3kucHJvdG8SBmxlZ2FjeRogZ29vZ2xlL3Byb3RvYnVmL2Rlc2NyaXB0b3IucHJvdG8ivAMKA09sZBIOCgJpZBgBIAIoCVICaWQS' +
    'JgoFY291bnQYAiABKAU6AjQxQgyKtRgIaG93IG1hbnlSBWNvdW50EhQKBXBsYWluGAMgAygFUgVwbGFpbhIYCgV0aWdodBgEIAMoBUICEAFS' +
    'BXRpZ2h0EiQKBHBhcnQYBSABKAoyEC5sZWdhY3kuT2xkLlBhcnRSBHBhcnQSLQoFbGV2ZWwYBiABKA4yES5sZWdhY3kuT2xkLkxldmVsOgRI' +
    'SUdIUgVsZXZlbBIfCgNyYXcYByABKAw6DVwwMDFhXDA0MlwzNzdSA3JhdxIVCgNiaWcYCCABKAE6A2luZlIDYmlnEhQKBGxlZnQYFCABKAlI' +
    'AFIEbGVmdBIpCgVyaWdodBgVIAEoCjIRLmxlZ2FjeS5PbGQuUmlnaHRIAFIFcmlnaHQaGgoEUGFydBISCgRub3RlGAEgASgJUgRub3RlGhUK' +
    'BVJpZ2h0EgwKAW4YASABKAVSAW4iMQoFTGV2ZWwSBwoDTE9XEAESCAoESElHSBACEgcKA1RPUBACGgIQASIICAoQ/////wcqBQhkEMgBKgkI' +
    '6AcQgICAgAJCBwoFd2hpY2g6NQoFbGFiZWwSHS5nb29nbGUucHJvdG9idWYuRmllbGRPcHRpb25zGNGGAyABKAlSBWxhYmVsOiEKBWV4dHJh' +
    'EgsubGVnYWN5Lk9sZBhkIAEoCVIFZXh0cmE=',
  [file_google_protobuf_descriptor],
);

export const Old: MessageType<Old> = messageOf(file, 'legacy.Old');
export const Old_Part: MessageType<Old_Part> = messageOf(file, 'legacy.Old.Part');
export const Old_Right: MessageType<Old_Right> = messageOf(file, 'legacy.Old.Right');
