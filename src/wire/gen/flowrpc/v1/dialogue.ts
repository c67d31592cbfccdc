// Made by "flowrpc generate" from flowrpc/v1/dialogue.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, serviceOf, type MessageType, type Method, type Service } from '../../../runtime.ts';
import { file as file_google_protobuf_struct, type Value } from '../../google/protobuf/struct.ts';
import { file as file_google_rpc_status, type Status } from '../../google/rpc/status.ts';

/**
 * One thing that a side says. A frame of a kind that its reader does not know
 * is skipped.
 */
export interface Frame {
  kind?:
    | { case: 'request'; value: Frame_Request }
    | { case: 'response'; value: Frame_Response }
    | { case: 'error'; value: Frame_Error }
    | { case: 'notification'; value: Frame_Notification }
    | { case: 'cancel'; value: Frame_Cancel }
    | { case: 'heartbeat'; value: Frame_Heartbeat };
}

/** Asks for one Response or Error with the same id. */
export interface Frame_Request {
  /**
   * The sender's choice. Not one that still waits for its answer: that ends
   * the dialogue with INVALID_ARGUMENT.
   */
  id: number;
  /** What is asked for, such as "price.get". */
  name: string;
  /** No value is null. */
  payload?: Value;
  /** How long the sender waits, in milliseconds; 0 when it does not say. */
  timeoutMs: number;
  /** Such as `traceparent`. Text only, names as in gRPC metadata. */
  metadata: { [key: string]: string };
}

/** The answer to the request with this id. */
export interface Frame_Response {
  id: number;
  payload?: Value;
}

/** The request with this id failed. Nothing else of the dialogue did. */
export interface Frame_Error {
  id: number;
  status?: Status;
}

/** Asks for nothing. It may be dropped by a reader that has too much to do. */
export interface Frame_Notification {
  name: string;
  payload?: Value;
  metadata: { [key: string]: string };
}

/**
 * The sender does not wait for the answer to its request any more. None is
 * sent then; one that is on its way already is ignored.
 */
export interface Frame_Cancel {
  id: number;
}

/**
 * Asks the other side whether it is there. It answers with the same number
 * and `ack`, at once. Any frame shows that a side is there; who heard
 * nothing for some heartbeats ends the dialogue with UNAVAILABLE.
 */
export interface Frame_Heartbeat {
  n: number;
  ack: boolean;
}

/** The descriptors of flowrpc/v1/dialogue.proto. */
export const file = defineFile(
  'ChlmbG93cnBjL3YxL2RpYWxvZ3VlLnByb3RvEgpmbG93cnBjLnYxGhxnb29nbGUvcHJvdG9idWYvc3RydWN0LnByb3RvGhdnb29nbGUvcnBj' +
    'L3N0YXR1cy5wcm90byKjCAoFRnJhbWUSNQoHcmVxdWVzdBgBIAEoCzIZLmZsb3dycGMudjEuRnJhbWUuUmVxdWVzdEgAUgdyZXF1ZXN0EjgK' +
    'CHJlc3BvbnNlGAIgASgLMhouZmxvd3JwYy52MS5GcmFtZS5SZXNwb25zZUgAUghyZXNwb25zZRIvCgVlcnJvchgDIAEoCzIXLmZsb3dycGMu' +
    'djEuRnJhbWUuRXJyb3JIAFIFZXJyb3ISRAoMbm90aWZpY2F0aW9uGAQgASgLMh4uZmxvd3JwYy52MS5GcmFtZS5Ob3RpZmljYXRpb25IAFIM' +
    'bm90aWZpY2F0aW9uEjIKBmNhbmNlbBgFIAEoCzIYLmZsb3dycGMudjEuRnJhbWUuQ2FuY2VsSABSBmNhbmNlbBI7CgloZWFydGJlYXQYBiAB' +
    'KAsyGy5mbG93cnBjLnYxLkZyYW1lLkhlYXJ0YmVhdEgAUgloZWFydGJlYXQagAIKB1JlcXVlc3QSDgoCaWQYASABKA1SAmlkEhIKBG5hbWUY' +
    'AiABKAlSBG5hbWUSMAoHcGF5bG9hZBgDIAEoCzIWLmdvb2dsZS5wcm90b2J1Zi5WYWx1ZVIHcGF5bG9hZBIdCgp0aW1lb3V0X21zGAQgASgN' +
    'Ugl0aW1lb3V0TXMSQwoIbWV0YWRhdGEYBSADKAsyJy5mbG93cnBjLnYxLkZyYW1lLlJlcXVlc3QuTWV0YWRhdGFFbnRyeVIIbWV0YWRhdGEa' +
    'OwoNTWV0YWRhdGFFbnRyeRIQCgNrZXkYASABKAlSA2tleRIUCgV2YWx1ZRgCIAEoCVIFdmFsdWU6AjgBGkwKCFJlc3BvbnNlEg4KAmlkGAEg' +
    'ASgNUgJpZBIwCgdwYXlsb2FkGAIgASgLMhYuZ29vZ2xlLnByb3RvYnVmLlZhbHVlUgdwYXlsb2FkGkMKBUVycm9yEg4KAmlkGAEgASgNUgJp' +
    'ZBIqCgZzdGF0dXMYAiABKAsyEi5nb29nbGUucnBjLlN0YXR1c1IGc3RhdHVzGtsBCgxOb3RpZmljYXRpb24SEgoEbmFtZRgBIAEoCVIEbmFt' +
    'ZRIwCgdwYXlsb2FkGAIgASgLMhYuZ29vZ2xlLnByb3RvYnVmLlZhbHVlUgdwYXlsb2FkEkgKCG1ldGFkYXRhGAMgAygLMiwuZmxvd3JwYy52' +
    'MS5GcmFtZS5Ob3RpZmljYXRpb24uTWV0YWRhdGFFbnRyeVIIbWV0YWRhdGEaOwoNTWV0YWRhdGFFbnRyeRIQCgNrZXkYASABKAlSA2tleRIU' +
    'CgV2YWx1ZRgCIAEoCVIFdmFsdWU6AjgBGhgKBkNhbmNlbBIOCgJpZBgBIAEoDVICaWQaKwoJSGVhcnRiZWF0EgwKAW4YASABKA1SAW4SEAoD' +
    'YWNrGAIgASgIUgNhY2tCBgoEa2luZDI8CghEaWFsb2d1ZRIwCgRPcGVuEhEuZmxvd3JwYy52MS5GcmFtZRoRLmZsb3dycGMudjEuRnJhbWUo' +
    'ATABQkOqAgpGbG93UnBjLlYxWhRmbG93cnBjL3YxO2Zsb3dycGN2MVABQg1EaWFsb2d1ZVByb3RvCg1pby5mbG93cnBjLnYxYgZwcm90bzM=',
  [file_google_protobuf_struct, file_google_rpc_status],
);

export const Frame: MessageType<Frame> = messageOf(file, 'flowrpc.v1.Frame');
export const Frame_Request: MessageType<Frame_Request> = messageOf(file, 'flowrpc.v1.Frame.Request');
export const Frame_Response: MessageType<Frame_Response> = messageOf(file, 'flowrpc.v1.Frame.Response');
export const Frame_Error: MessageType<Frame_Error> = messageOf(file, 'flowrpc.v1.Frame.Error');
export const Frame_Notification: MessageType<Frame_Notification> = messageOf(file, 'flowrpc.v1.Frame.Notification');
export const Frame_Cancel: MessageType<Frame_Cancel> = messageOf(file, 'flowrpc.v1.Frame.Cancel');
export const Frame_Heartbeat: MessageType<Frame_Heartbeat> = messageOf(file, 'flowrpc.v1.Frame.Heartbeat');

/**
 * Requests, answers and notifications in both directions over one stream: what
 * lets a server ask a client that nobody can connect to.
 */
export const Dialogue: Service<{
  /**
   * Opens a dialogue. After that both sides do the same: each sends requests,
   * under ids of its own, and answers those of the other. A client that has no
   * more to send or to answer ends its side; the server answers what is left
   * and ends with OK.
   */
  open: Method<Frame, Frame, 'bidi'>;
}> = serviceOf(file, 'flowrpc.v1.Dialogue');
