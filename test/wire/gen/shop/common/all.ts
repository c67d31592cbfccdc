// Made by "flowrpc generate" from shop/common/all.proto. Do not edit.
/* eslint-disable */

import { defineFile } from 'flowrpc';
import { file as file_shop_common_money } from './money.ts';

/** The descriptors of shop/common/all.proto. */
export const file = defineFile(
  'ChVzaG9wL2NvbW1vbi9hbGwucHJvdG8SC3Nob3AuY29tbW9uGhdzaG9wL2NvbW1vbi9tb25leS5wcm90b1AAYgZwcm90bzM=',
  [file_shop_common_money],
);
