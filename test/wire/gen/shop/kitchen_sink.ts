// Made by "flowrpc generate" from shop/kitchen_sink.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, serviceOf, type MessageType, type Method, type Service } from 'flowrpc';
import { file as file_google_api_annotations } from '../google/api/annotations.ts';
import { file as file_google_protobuf_any, type Any } from '../google/protobuf/any.ts';
import { file as file_google_protobuf_duration, type Duration } from '../google/protobuf/duration.ts';
import { file as file_google_protobuf_field_mask, type FieldMask } from '../google/protobuf/field_mask.ts';
import { file as file_google_protobuf_struct, type Struct, type Value } from '../google/protobuf/struct.ts';
import { file as file_google_protobuf_timestamp, type Timestamp } from '../google/protobuf/timestamp.ts';
import { file as file_google_protobuf_wrappers, type Int64Value } from '../google/protobuf/wrappers.ts';
import { file as file_shop_common_all } from './common/all.ts';
import type { Money, Unit } from './common/money.ts';

export interface KitchenSink {
  aDouble: number;
  aFloat: number;
  anInt32: number;
  anInt64: bigint;
  aUint32: number;
  aUint64: bigint;
  aSint32: number;
  aSint64: bigint;
  aFixed32: number;
  aFixed64: bigint;
  aSfixed32: number;
  aSfixed64: bigint;
  aBool: boolean;
  aString: string;
  someBytes: Uint8Array;
  unit: Unit;
  price?: Money;
  manyInt32: number[];
  manySint64: bigint[];
  manyStrings: string[];
  manyUnits: Unit[];
  children: KitchenSink[];
  manyDoubles: number[];
  prices: { [key: string]: Money };
  byNumber: { [key: string]: string };
  byTruth: { [key: string]: Unit };
  byBig: { [key: string]: Uint8Array };
  rates: { [key: string]: number };
  maybeInt32?: number;
  maybeString?: string;
  maybeUnit?: Unit;
  payload?:
    | { case: 'text'; value: string }
    | { case: 'money'; value: Money }
    | { case: 'big'; value: bigint }
    | { case: 'inner'; value: KitchenSink_Inner }
    | { case: 'chosenUnit'; value: Unit };
  at?: Timestamp;
  took?: Duration;
  anything?: Value;
  object?: Struct;
  packedAny?: Any;
  wrapped?: Int64Value;
  mask?: FieldMask;
  customJson: string;
  old: number;
}

export interface KitchenSink_Inner {
  mood: KitchenSink_Inner_Mood;
  deeper?: KitchenSink_Inner;
}

export const KitchenSink_Inner_Mood = {
  CALM: 'CALM',
  WILD: 'WILD',
  FIERCE: 'FIERCE',
} as const;

/** A value of KitchenSink_Inner_Mood; a number that this file does not name stays a number. */
export type KitchenSink_Inner_Mood = keyof typeof KitchenSink_Inner_Mood | number;

/** Names that every object has in JavaScript. */
export interface Odd {
  constructor: boolean;
  toString: string;
  valueOf: number[];
  hasOwnProperty: { [key: string]: number };
}

/** The descriptors of shop/kitchen_sink.proto. */
export const file = defineFile(
  'ChdzaG9wL2tpdGNoZW5fc2luay5wcm90bxIEc2hvcBocZ29vZ2xlL2FwaS9hbm5vdGF0aW9ucy5wcm90bxoZZ29vZ2xlL3Byb3RvYnVmL2Fu' +
    'eS5wcm90bxoeZ29vZ2xlL3Byb3RvYnVmL2R1cmF0aW9uLnByb3RvGiBnb29nbGUvcHJvdG9idWYvZmllbGRfbWFzay5wcm90bxocZ29vZ2xl' +
    'L3Byb3RvYnVmL3N0cnVjdC5wcm90bxofZ29vZ2xlL3Byb3RvYnVmL3RpbWVzdGFtcC5wcm90bxoeZ29vZ2xlL3Byb3RvYnVmL3dyYXBwZXJz' +
    'LnByb3RvGhVzaG9wL2NvbW1vbi9hbGwucHJvdG8ijBIKC0tpdGNoZW5TaW5rEhkKCGFfZG91YmxlGAEgASgBUgdhRG91YmxlEhcKB2FfZmxv' +
    'YXQYAiABKAJSBmFGbG9hdBIZCghhbl9pbnQzMhgDIAEoBVIHYW5JbnQzMhIZCghhbl9pbnQ2NBgEIAEoA1IHYW5JbnQ2NBIZCghhX3VpbnQz' +
    'MhgFIAEoDVIHYVVpbnQzMhIZCghhX3VpbnQ2NBgGIAEoBFIHYVVpbnQ2NBIZCghhX3NpbnQzMhgHIAEoEVIHYVNpbnQzMhIZCghhX3NpbnQ2' +
    'NBgIIAEoElIHYVNpbnQ2NBIbCglhX2ZpeGVkMzIYCSABKAdSCGFGaXhlZDMyEhsKCWFfZml4ZWQ2NBgKIAEoBlIIYUZpeGVkNjQSHQoKYV9z' +
    'Zml4ZWQzMhgLIAEoD1IJYVNmaXhlZDMyEh0KCmFfc2ZpeGVkNjQYDCABKBBSCWFTZml4ZWQ2NBIVCgZhX2Jvb2wYDSABKAhSBWFCb29sEhkK' +
    'CGFfc3RyaW5nGA4gASgJUgdhU3RyaW5nEh0KCnNvbWVfYnl0ZXMYDyABKAxSCXNvbWVCeXRlcxIlCgR1bml0GBAgASgOMhEuc2hvcC5jb21t' +
    'b24uVW5pdFIEdW5pdBIoCgVwcmljZRgRIAEoCzISLnNob3AuY29tbW9uLk1vbmV5UgVwcmljZRIdCgptYW55X2ludDMyGBQgAygFUgltYW55' +
    'SW50MzISIwoLbWFueV9zaW50NjQYFSADKBJCAhAAUgptYW55U2ludDY0EiEKDG1hbnlfc3RyaW5ncxgWIAMoCVILbWFueVN0cmluZ3MSMAoK' +
    'bWFueV91bml0cxgXIAMoDjIRLnNob3AuY29tbW9uLlVuaXRSCW1hbnlVbml0cxItCghjaGlsZHJlbhgYIAMoCzIRLnNob3AuS2l0Y2hlblNp' +
    'bmtSCGNoaWxkcmVuEiEKDG1hbnlfZG91YmxlcxgZIAMoAVILbWFueURvdWJsZXMSNQoGcHJpY2VzGB4gAygLMh0uc2hvcC5LaXRjaGVuU2lu' +
    'ay5QcmljZXNFbnRyeVIGcHJpY2VzEjwKCWJ5X251bWJlchgfIAMoCzIfLnNob3AuS2l0Y2hlblNpbmsuQnlOdW1iZXJFbnRyeVIIYnlOdW1i' +
    'ZXISOQoIYnlfdHJ1dGgYICADKAsyHi5zaG9wLktpdGNoZW5TaW5rLkJ5VHJ1dGhFbnRyeVIHYnlUcnV0aBIzCgZieV9iaWcYISADKAsyHC5z' +
    'aG9wLktpdGNoZW5TaW5rLkJ5QmlnRW50cnlSBWJ5QmlnEjIKBXJhdGVzGCIgAygLMhwuc2hvcC5LaXRjaGVuU2luay5SYXRlc0VudHJ5UgVy' +
    'YXRlcxIkCgttYXliZV9pbnQzMhgoIAEoBUgBUgptYXliZUludDMyiAEBEiYKDG1heWJlX3N0cmluZxgpIAEoCUgCUgttYXliZVN0cmluZ4gB' +
    'ARI1CgptYXliZV91bml0GCogASgOMhEuc2hvcC5jb21tb24uVW5pdEgDUgltYXliZVVuaXSIAQESFAoEdGV4dBgyIAEoCUgAUgR0ZXh0EioK' +
    'BW1vbmV5GDMgASgLMhIuc2hvcC5jb21tb24uTW9uZXlIAFIFbW9uZXkSEgoDYmlnGDQgASgDSABSA2JpZxIvCgVpbm5lchg1IAEoCzIXLnNo' +
    'b3AuS2l0Y2hlblNpbmsuSW5uZXJIAFIFaW5uZXISNAoLY2hvc2VuX3VuaXQYNiABKA4yES5zaG9wLmNvbW1vbi5Vbml0SABSCmNob3NlblVu' +
    'aXQSKgoCYXQYPCABKAsyGi5nb29nbGUucHJvdG9idWYuVGltZXN0YW1wUgJhdBItCgR0b29rGD0gASgLMhkuZ29vZ2xlLnByb3RvYnVmLkR1' +
    'cmF0aW9uUgR0b29rEjIKCGFueXRoaW5nGD4gASgLMhYuZ29vZ2xlLnByb3RvYnVmLlZhbHVlUghhbnl0aGluZxIvCgZvYmplY3QYPyABKAsy' +
    'Fy5nb29nbGUucHJvdG9idWYuU3RydWN0UgZvYmplY3QSMwoKcGFja2VkX2FueRhAIAEoCzIULmdvb2dsZS5wcm90b2J1Zi5BbnlSCXBhY2tl' +
    'ZEFueRI1Cgd3cmFwcGVkGEEgASgLMhsuZ29vZ2xlLnByb3RvYnVmLkludDY0VmFsdWVSB3dyYXBwZWQSLgoEbWFzaxhCIAEoCzIaLmdvb2ds' +
    'ZS5wcm90b2J1Zi5GaWVsZE1hc2tSBG1hc2sSGQoLY3VzdG9tX2pzb24YRyABKAlSBGN1c3QSFAoDb2xkGEggASgFQgIYAVIDb2xkGk0KC1By' +
    'aWNlc0VudHJ5EhAKA2tleRgBIAEoCVIDa2V5EigKBXZhbHVlGAIgASgLMhIuc2hvcC5jb21tb24uTW9uZXlSBXZhbHVlOgI4ARo7Cg1CeU51' +
    'bWJlckVudHJ5EhAKA2tleRgBIAEoBVIDa2V5EhQKBXZhbHVlGAIgASgJUgV2YWx1ZToCOAEaTQoMQnlUcnV0aEVudHJ5EhAKA2tleRgBIAEo' +
    'CFIDa2V5EicKBXZhbHVlGAIgASgOMhEuc2hvcC5jb21tb24uVW5pdFIFdmFsdWU6AjgBGjgKCkJ5QmlnRW50cnkSEAoDa2V5GAEgASgEUgNr' +
    'ZXkSFAoFdmFsdWUYAiABKAxSBXZhbHVlOgI4ARo4CgpSYXRlc0VudHJ5EhAKA2tleRgBIAEoCVIDa2V5EhQKBXZhbHVlGAIgASgBUgV2YWx1' +
    'ZToCOAEamwEKBUlubmVyEjAKBG1vb2QYASABKA4yHC5zaG9wLktpdGNoZW5TaW5rLklubmVyLk1vb2RSBG1vb2QSLwoGZGVlcGVyGAIgASgL' +
    'Mhcuc2hvcC5LaXRjaGVuU2luay5Jbm5lclIGZGVlcGVyIi8KBE1vb2QSCAoEQ0FMTRAAEggKBFdJTEQQBRITCgZGSUVSQ0UQ////////////' +
    'AUIJCgdwYXlsb2FkQg4KDF9tYXliZV9pbnQzMkIPCg1fbWF5YmVfc3RyaW5nQg0KC19tYXliZV91bml0SgQIZBBvSgYIyAEQyQFSBGdvbmUi' +
    '6wEKA09kZBIgCgtjb25zdHJ1Y3RvchgBIAEoCFILY29uc3RydWN0b3ISGwoJdG9fc3RyaW5nGAIgASgJUgh0b1N0cmluZxIZCgh2YWx1ZV9v' +
    'ZhgDIAMoBVIHdmFsdWVPZhJHChBoYXNfb3duX3Byb3BlcnR5GAQgAygLMh0uc2hvcC5PZGQuSGFzT3duUHJvcGVydHlFbnRyeVIOaGFzT3du' +
    'UHJvcGVydHkaQQoTSGFzT3duUHJvcGVydHlFbnRyeRIQCgNrZXkYASABKAlSA2tleRIUCgV2YWx1ZRgCIAEoBVIFdmFsdWU6AjgBMm0KB0tp' +
    'dGNoZW4SYgoEQ29vaxIRLnNob3AuS2l0Y2hlblNpbmsaES5zaG9wLktpdGNoZW5TaW5rIjSC0+STAi4iHS92MS97YV9zdHJpbmc9c2hlbHZl' +
    'cy8qfTpjb29rOgEqWgoSCC92MS9jb29rQikKEGNvbS5leGFtcGxlLnNob3BaFWV4YW1wbGUuY29tL3Nob3A7c2hvcGIGcHJvdG8z',
  [file_google_api_annotations, file_google_protobuf_any, file_google_protobuf_duration, file_google_protobuf_field_mask, file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_protobuf_wrappers, file_shop_common_all],
);

export const KitchenSink: MessageType<KitchenSink> = messageOf(file, 'shop.KitchenSink');
export const KitchenSink_Inner: MessageType<KitchenSink_Inner> = messageOf(file, 'shop.KitchenSink.Inner');
export const Odd: MessageType<Odd> = messageOf(file, 'shop.Odd');

export const Kitchen: Service<{
  cook: Method<KitchenSink, KitchenSink, 'unary'>;
}> = serviceOf(file, 'shop.Kitchen');
