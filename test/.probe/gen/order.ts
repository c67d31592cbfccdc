// Made by "flowrpc generate" from order.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, serviceOf, type MessageType, type Method, type Service } from 'flowrpc';
import { file as file_google_protobuf_duration, type Duration } from './google/protobuf/duration.js';
import { file as file_google_protobuf_struct, type Struct } from './google/protobuf/struct.js';
import { file as file_google_protobuf_timestamp, type Timestamp } from './google/protobuf/timestamp.js';
import { file as file_google_protobuf_wrappers, type StringValue } from './google/protobuf/wrappers.js';

export const Status = {
  STATUS_UNSPECIFIED: 'STATUS_UNSPECIFIED',
  OPEN: 'OPEN',
  PAID: 'PAID',
} as const;

/** A value of Status; a number that this file does not name stays a number. */
export type Status = keyof typeof Status | number;

export interface Item {
  sku: string;
  count: number;
}

export interface Order {
  id: bigint;
  items: Item[];
  status: Status;
  createdAt?: Timestamp;
  payment?:
    | { case: 'card'; value: string }
    | { case: 'voucherCents'; value: bigint };
  stock: { [key: string]: number };
  blob: Uint8Array;
  note?: string;
  nick?: StringValue;
  extra?: Struct;
  ttl?: Duration;
}

/** The descriptors of order.proto. */
export const file = defineFile(
  'CgtvcmRlci5wcm90bxIHc2hvcC52MRofZ29vZ2xlL3Byb3RvYnVmL3RpbWVzdGFtcC5wcm90bxoeZ29vZ2xlL3Byb3RvYnVmL3dyYXBwZXJz' +
    'LnByb3RvGhxnb29nbGUvcHJvdG9idWYvc3RydWN0LnByb3RvGh5nb29nbGUvcHJvdG9idWYvZHVyYXRpb24ucHJvdG8iLgoESXRlbRIQCgNz' +
    'a3UYASABKAlSA3NrdRIUCgVjb3VudBgCIAEoBVIFY291bnQilwQKBU9yZGVyEg4KAmlkGAEgASgDUgJpZBIjCgVpdGVtcxgCIAMoCzINLnNo' +
    'b3AudjEuSXRlbVIFaXRlbXMSJwoGc3RhdHVzGAMgASgOMg8uc2hvcC52MS5TdGF0dXNSBnN0YXR1cxI5CgpjcmVhdGVkX2F0GAQgASgLMhou' +
    'Z29vZ2xlLnByb3RvYnVmLlRpbWVzdGFtcFIJY3JlYXRlZEF0EhQKBGNhcmQYBSABKAlIAFIEY2FyZBIlCg12b3VjaGVyX2NlbnRzGAYgASgD' +
    'SABSDHZvdWNoZXJDZW50cxIvCgVzdG9jaxgHIAMoCzIZLnNob3AudjEuT3JkZXIuU3RvY2tFbnRyeVIFc3RvY2sSEgoEYmxvYhgIIAEoDFIE' +
    'YmxvYhIXCgRub3RlGAkgASgJSAFSBG5vdGWIAQESMAoEbmljaxgKIAEoCzIcLmdvb2dsZS5wcm90b2J1Zi5TdHJpbmdWYWx1ZVIEbmljaxIt' +
    'CgVleHRyYRgLIAEoCzIXLmdvb2dsZS5wcm90b2J1Zi5TdHJ1Y3RSBWV4dHJhEisKA3R0bBgMIAEoCzIZLmdvb2dsZS5wcm90b2J1Zi5EdXJh' +
    'dGlvblIDdHRsGjgKClN0b2NrRW50cnkSEAoDa2V5GAEgASgJUgNrZXkSFAoFdmFsdWUYAiABKAVSBXZhbHVlOgI4AUIJCgdwYXltZW50QgcK' +
    'BV9ub3RlKjQKBlN0YXR1cxIWChJTVEFUVVNfVU5TUEVDSUZJRUQQABIICgRPUEVOEAESCAoEUEFJRBACMloKBk9yZGVycxIlCgNQdXQSDi5z' +
    'aG9wLnYxLk9yZGVyGg4uc2hvcC52MS5PcmRlchIpCgVXYXRjaBIOLnNob3AudjEuT3JkZXIaDi5zaG9wLnYxLk9yZGVyMAFiBnByb3RvMw==',
  [file_google_protobuf_timestamp, file_google_protobuf_wrappers, file_google_protobuf_struct, file_google_protobuf_duration],
);

export const Item: MessageType<Item> = messageOf(file, 'shop.v1.Item');
export const Order: MessageType<Order> = messageOf(file, 'shop.v1.Order');

export const Orders: Service<{
  put: Method<Order, Order, 'unary'>;
  watch: Method<Order, Order, 'serverStream'>;
}> = serviceOf(file, 'shop.v1.Orders');
