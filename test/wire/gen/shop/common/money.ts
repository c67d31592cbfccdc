// Made by "flowrpc generate" from shop/common/money.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, type MessageType } from 'flowrpc';

export const Unit = {
  UNIT_UNSPECIFIED: 'UNIT_UNSPECIFIED',
  PIECE: 'PIECE',
  GRAM: 'GRAM',
} as const;

/** A value of Unit; a number that this file does not name stays a number. */
export type Unit = keyof typeof Unit | number;

export interface Money {
  currency: string;
  units: bigint;
}

/** The descriptors of shop/common/money.proto. */
export const file = defineFile(
  'ChdzaG9wL2NvbW1vbi9tb25leS5wcm90bxILc2hvcC5jb21tb24iOQoFTW9uZXkSGgoIY3VycmVuY3kYASABKAlSCGN1cnJlbmN5EhQKBXVu' +
    'aXRzGAIgASgDUgV1bml0cyoxCgRVbml0EhQKEFVOSVRfVU5TUEVDSUZJRUQQABIJCgVQSUVDRRABEggKBEdSQU0QAmIGcHJvdG8z',
  [],
);

export const Money: MessageType<Money> = messageOf(file, 'shop.common.Money');
