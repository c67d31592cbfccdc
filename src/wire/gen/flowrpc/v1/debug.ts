// Made by "flowrpc generate" from flowrpc/v1/debug.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, type MessageType } from '../../../runtime.ts';
import { file as file_google_protobuf_struct, type Value } from '../../google/protobuf/struct.ts';
import { file as file_google_protobuf_timestamp, type Timestamp } from '../../google/protobuf/timestamp.ts';
import { file as file_google_rpc_status, type Status } from '../../google/rpc/status.ts';

/** One packet at one node: what came in, and what became of it. */
export interface NodeFrame {
  /** Empty for a packet that is held: its frame as recorded has one. */
  id: string;
  /** Id of the process. */
  process: string;
  /** Service of the node. */
  node: string;
  /**
   * Where the packet came in, or the one that this one was sent for; empty for
   * what a source sends.
   */
  inPort: string;
  /** Where it left; empty for a packet that came in. */
  outPort: string;
  /** Id of the packet. */
  packet: string;
  /** What it holds, cut short and without secrets. */
  payload?: Value;
  /** Size of the whole payload, as budgets count it. */
  bytes: bigint;
  startTime?: Timestamp;
  /** Absent while it is not answered. */
  endTime?: Timestamp;
  /** How it was answered; none of them while it is not. */
  outcome?:
    | { case: 'reply'; value: Value }
    | { case: 'error'; value: Status }
    /** Nobody replied. */
    | { case: 'none'; value: boolean };
  /** Id of the packet that it was made from; empty for one that entered. */
  source: string;
}

/** Which frames are meant: those for which all that is stated holds. */
export interface FrameFilter {
  process: string;
  /** Service or name of a node. */
  node: string;
  /** An in-port or an out-port. */
  port: string;
  /**
   * A condition as `if` nodes have, over `id`, `process`, `node`, `inPort`,
   * `outPort`, `packet`, `source`, `payload`, `bytes`, `at` and `endedAt` (in
   * milliseconds since 1970), `state` (`open`, `replied`, `none`, `failed`),
   * `reply`, `error.code` and `error.message`: `self.error.code == "NOT_FOUND"`.
   */
  where: string;
}

/** Where packets are held. What is left out is any. */
export interface Breakpoint {
  /** Given by the server. */
  id: number;
  process: string;
  /** Service or name of a node. */
  node: string;
  inPort: string;
  outPort: string;
  /** How many packets it has held. */
  hits: bigint;
}

/**
 * What the debugger wants. Each is answered by one DebugResponse with its id,
 * `done` or `failed`; what breakpoints hold comes between.
 */
export interface DebugRequest {
  /** The caller's choice; 0 wants no answer. */
  id: number;
  command?:
    | { case: 'break'; value: DebugRequest_Break }
    | { case: 'remove'; value: DebugRequest_Remove }
    | { case: 'continue'; value: DebugRequest_Continue }
    | { case: 'step'; value: DebugRequest_Step }
    | { case: 'pause'; value: DebugRequest_Pause }
    | { case: 'list'; value: DebugRequest_ListBreakpoints }
    /**
     * Says that the debugger is there. One that says nothing for 30 seconds is
     * taken for dead, and whatever it holds is let go.
     */
    | { case: 'heartbeat'; value: DebugRequest_Heartbeat };
}

export interface DebugRequest_Break {
  breakpoint?: Breakpoint;
}

/** What it holds is let go. */
export interface DebugRequest_Remove {
  /** 0: all. */
  breakpoint: number;
}

/** Lets go what is held. */
export interface DebugRequest_Continue {
  /** 0: all. */
  hit: number;
}

/** Lets go, and holds the same process at its next packet. */
export interface DebugRequest_Step {
  /** 0: what has been held longest. */
  hit: number;
}

/** Holds the next packet of this process, or of any. */
export interface DebugRequest_Pause {
  process: string;
}

export interface DebugRequest_ListBreakpoints {
}

export interface DebugRequest_Heartbeat {
}

export interface DebugResponse {
  event?:
    | { case: 'done'; value: DebugResponse_Done }
    | { case: 'failed'; value: DebugResponse_Failed }
    | { case: 'hit'; value: DebugResponse_Hit }
    | { case: 'released'; value: DebugResponse_Released }
    | { case: 'ended'; value: DebugResponse_Ended };
}

export interface DebugResponse_Done {
  id: number;
  /** The breakpoint that was made, or all of them for ListBreakpoints. */
  breakpoints: Breakpoint[];
}

export interface DebugResponse_Failed {
  id: number;
  status?: Status;
}

/** A packet is held. The clock of its run stands. */
export interface DebugResponse_Hit {
  id: number;
  /** 0 when a step or a pause holds it. */
  breakpoint: number;
  frame?: NodeFrame;
  /** What holds it: `breakpoint`, `step` or `pause`. */
  reason: string;
}

/** It goes on. */
export interface DebugResponse_Released {
  hit: number;
  /**
   * `continued`, `stepped`, `removed`, `cancelled` (its run was), `ended` (its
   * process has).
   */
  reason: string;
}

/**
 * A process that was stepped, or that a pause waited for, has ended without
 * another packet.
 */
export interface DebugResponse_Ended {
  process: string;
  /** Absent when it ended well. */
  error?: Status;
}

/** The descriptors of flowrpc/v1/debug.proto. */
export const file = defineFile(
  'ChZmbG93cnBjL3YxL2RlYnVnLnByb3RvEgpmbG93cnBjLnYxGhxnb29nbGUvcHJvdG9idWYvc3RydWN0LnByb3RvGh9nb29nbGUvcHJvdG9i' +
    'dWYvdGltZXN0YW1wLnByb3RvGhdnb29nbGUvcnBjL3N0YXR1cy5wcm90byLkAwoJTm9kZUZyYW1lEg4KAmlkGAEgASgJUgJpZBIYCgdwcm9j' +
    'ZXNzGAIgASgJUgdwcm9jZXNzEhIKBG5vZGUYAyABKAlSBG5vZGUSFwoHaW5fcG9ydBgEIAEoCVIGaW5Qb3J0EhkKCG91dF9wb3J0GAUgASgJ' +
    'UgdvdXRQb3J0EhYKBnBhY2tldBgGIAEoCVIGcGFja2V0EjAKB3BheWxvYWQYByABKAsyFi5nb29nbGUucHJvdG9idWYuVmFsdWVSB3BheWxv' +
    'YWQSFAoFYnl0ZXMYCCABKANSBWJ5dGVzEjkKCnN0YXJ0X3RpbWUYCSABKAsyGi5nb29nbGUucHJvdG9idWYuVGltZXN0YW1wUglzdGFydFRp' +
    'bWUSNQoIZW5kX3RpbWUYCiABKAsyGi5nb29nbGUucHJvdG9idWYuVGltZXN0YW1wUgdlbmRUaW1lEi4KBXJlcGx5GAsgASgLMhYuZ29vZ2xl' +
    'LnByb3RvYnVmLlZhbHVlSABSBXJlcGx5EioKBWVycm9yGAwgASgLMhIuZ29vZ2xlLnJwYy5TdGF0dXNIAFIFZXJyb3ISFAoEbm9uZRgNIAEo' +
    'CEgAUgRub25lEhYKBnNvdXJjZRgOIAEoCVIGc291cmNlQgkKB291dGNvbWUiZQoLRnJhbWVGaWx0ZXISGAoHcHJvY2VzcxgBIAEoCVIHcHJv' +
    'Y2VzcxISCgRub2RlGAIgASgJUgRub2RlEhIKBHBvcnQYAyABKAlSBHBvcnQSFAoFd2hlcmUYBCABKAlSBXdoZXJlIpIBCgpCcmVha3BvaW50' +
    'Eg4KAmlkGAEgASgFUgJpZBIYCgdwcm9jZXNzGAIgASgJUgdwcm9jZXNzEhIKBG5vZGUYAyABKAlSBG5vZGUSFwoHaW5fcG9ydBgEIAEoCVIG' +
    'aW5Qb3J0EhkKCG91dF9wb3J0GAUgASgJUgdvdXRQb3J0EhIKBGhpdHMYBiABKANSBGhpdHMitAUKDERlYnVnUmVxdWVzdBIOCgJpZBgBIAEo' +
    'BVICaWQSNgoFYnJlYWsYAiABKAsyHi5mbG93cnBjLnYxLkRlYnVnUmVxdWVzdC5CcmVha0gAUgVicmVhaxI5CgZyZW1vdmUYAyABKAsyHy5m' +
    'bG93cnBjLnYxLkRlYnVnUmVxdWVzdC5SZW1vdmVIAFIGcmVtb3ZlEj8KCGNvbnRpbnVlGAQgASgLMiEuZmxvd3JwYy52MS5EZWJ1Z1JlcXVl' +
    'c3QuQ29udGludWVIAFIIY29udGludWUSMwoEc3RlcBgFIAEoCzIdLmZsb3dycGMudjEuRGVidWdSZXF1ZXN0LlN0ZXBIAFIEc3RlcBI2CgVw' +
    'YXVzZRgGIAEoCzIeLmZsb3dycGMudjEuRGVidWdSZXF1ZXN0LlBhdXNlSABSBXBhdXNlEj4KBGxpc3QYByABKAsyKC5mbG93cnBjLnYxLkRl' +
    'YnVnUmVxdWVzdC5MaXN0QnJlYWtwb2ludHNIAFIEbGlzdBJCCgloZWFydGJlYXQYCCABKAsyIi5mbG93cnBjLnYxLkRlYnVnUmVxdWVzdC5I' +
    'ZWFydGJlYXRIAFIJaGVhcnRiZWF0Gj8KBUJyZWFrEjYKCmJyZWFrcG9pbnQYASABKAsyFi5mbG93cnBjLnYxLkJyZWFrcG9pbnRSCmJyZWFr' +
    'cG9pbnQaKAoGUmVtb3ZlEh4KCmJyZWFrcG9pbnQYASABKAVSCmJyZWFrcG9pbnQaHAoIQ29udGludWUSEAoDaGl0GAEgASgFUgNoaXQaGAoE' +
    'U3RlcBIQCgNoaXQYASABKAVSA2hpdBohCgVQYXVzZRIYCgdwcm9jZXNzGAEgASgJUgdwcm9jZXNzGhEKD0xpc3RCcmVha3BvaW50cxoLCglI' +
    'ZWFydGJlYXRCCQoHY29tbWFuZCLPBQoNRGVidWdSZXNwb25zZRI0CgRkb25lGAEgASgLMh4uZmxvd3JwYy52MS5EZWJ1Z1Jlc3BvbnNlLkRv' +
    'bmVIAFIEZG9uZRI6CgZmYWlsZWQYAiABKAsyIC5mbG93cnBjLnYxLkRlYnVnUmVzcG9uc2UuRmFpbGVkSABSBmZhaWxlZBIxCgNoaXQYAyAB' +
    'KAsyHS5mbG93cnBjLnYxLkRlYnVnUmVzcG9uc2UuSGl0SABSA2hpdBJACghyZWxlYXNlZBgEIAEoCzIiLmZsb3dycGMudjEuRGVidWdSZXNw' +
    'b25zZS5SZWxlYXNlZEgAUghyZWxlYXNlZBI3CgVlbmRlZBgFIAEoCzIfLmZsb3dycGMudjEuRGVidWdSZXNwb25zZS5FbmRlZEgAUgVlbmRl' +
    'ZBpQCgREb25lEg4KAmlkGAEgASgFUgJpZBI4CgticmVha3BvaW50cxgCIAMoCzIWLmZsb3dycGMudjEuQnJlYWtwb2ludFILYnJlYWtwb2lu' +
    'dHMaRAoGRmFpbGVkEg4KAmlkGAEgASgFUgJpZBIqCgZzdGF0dXMYAiABKAsyEi5nb29nbGUucnBjLlN0YXR1c1IGc3RhdHVzGnoKA0hpdBIO' +
    'CgJpZBgBIAEoBVICaWQSHgoKYnJlYWtwb2ludBgCIAEoBVIKYnJlYWtwb2ludBIrCgVmcmFtZRgDIAEoCzIVLmZsb3dycGMudjEuTm9kZUZy' +
    'YW1lUgVmcmFtZRIWCgZyZWFzb24YBCABKAlSBnJlYXNvbho0CghSZWxlYXNlZBIQCgNoaXQYASABKAVSA2hpdBIWCgZyZWFzb24YAiABKAlS' +
    'BnJlYXNvbhpLCgVFbmRlZBIYCgdwcm9jZXNzGAEgASgJUgdwcm9jZXNzEigKBWVycm9yGAIgASgLMhIuZ29vZ2xlLnJwYy5TdGF0dXNSBWVy' +
    'cm9yQgcKBWV2ZW50QkCqAgpGbG93UnBjLlYxWhRmbG93cnBjL3YxO2Zsb3dycGN2MVABQgpEZWJ1Z1Byb3RvCg1pby5mbG93cnBjLnYxYgZw' +
    'cm90bzM=',
  [file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_rpc_status],
);

export const NodeFrame: MessageType<NodeFrame> = messageOf(file, 'flowrpc.v1.NodeFrame');
export const FrameFilter: MessageType<FrameFilter> = messageOf(file, 'flowrpc.v1.FrameFilter');
export const Breakpoint: MessageType<Breakpoint> = messageOf(file, 'flowrpc.v1.Breakpoint');
export const DebugRequest: MessageType<DebugRequest> = messageOf(file, 'flowrpc.v1.DebugRequest');
export const DebugRequest_Break: MessageType<DebugRequest_Break> = messageOf(file, 'flowrpc.v1.DebugRequest.Break');
export const DebugRequest_Remove: MessageType<DebugRequest_Remove> = messageOf(file, 'flowrpc.v1.DebugRequest.Remove');
export const DebugRequest_Continue: MessageType<DebugRequest_Continue> = messageOf(file, 'flowrpc.v1.DebugRequest.Continue');
export const DebugRequest_Step: MessageType<DebugRequest_Step> = messageOf(file, 'flowrpc.v1.DebugRequest.Step');
export const DebugRequest_Pause: MessageType<DebugRequest_Pause> = messageOf(file, 'flowrpc.v1.DebugRequest.Pause');
export const DebugRequest_ListBreakpoints: MessageType<DebugRequest_ListBreakpoints> = messageOf(file, 'flowrpc.v1.DebugRequest.ListBreakpoints');
export const DebugRequest_Heartbeat: MessageType<DebugRequest_Heartbeat> = messageOf(file, 'flowrpc.v1.DebugRequest.Heartbeat');
export const DebugResponse: MessageType<DebugResponse> = messageOf(file, 'flowrpc.v1.DebugResponse');
export const DebugResponse_Done: MessageType<DebugResponse_Done> = messageOf(file, 'flowrpc.v1.DebugResponse.Done');
export const DebugResponse_Failed: MessageType<DebugResponse_Failed> = messageOf(file, 'flowrpc.v1.DebugResponse.Failed');
export const DebugResponse_Hit: MessageType<DebugResponse_Hit> = messageOf(file, 'flowrpc.v1.DebugResponse.Hit');
export const DebugResponse_Released: MessageType<DebugResponse_Released> = messageOf(file, 'flowrpc.v1.DebugResponse.Released');
export const DebugResponse_Ended: MessageType<DebugResponse_Ended> = messageOf(file, 'flowrpc.v1.DebugResponse.Ended');
