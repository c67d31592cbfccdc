// Made by "flowrpc generate" from flowrpc/v1/control.proto. Do not edit.
/* eslint-disable */

import { defineFile, messageOf, serviceOf, type MessageType, type Method, type Service } from '../../../runtime.ts';
import { file as file_flowrpc_v1_debug, type DebugRequest, type DebugResponse, type FrameFilter, type NodeFrame } from './debug.ts';
import { file as file_google_protobuf_struct, type Value } from '../../google/protobuf/struct.ts';
import { file as file_google_protobuf_timestamp, type Timestamp } from '../../google/protobuf/timestamp.ts';
import { file as file_google_rpc_status, type Status } from '../../google/rpc/status.ts';

/** What an Apply has done. */
export const Change = {
  CHANGE_UNSPECIFIED: 'CHANGE_UNSPECIFIED',
  CHANGE_CREATED: 'CHANGE_CREATED',
  CHANGE_REPLACED: 'CHANGE_REPLACED',
  /** It was the same already. */
  CHANGE_UNCHANGED: 'CHANGE_UNCHANGED',
} as const;

/** A value of Change; a number that this file does not name stays a number. */
export type Change = keyof typeof Change | number;

/** What has happened to a document. */
export const EventType = {
  EVENT_TYPE_UNSPECIFIED: 'EVENT_TYPE_UNSPECIFIED',
  /** Made, replaced, or there when the watch began. */
  EVENT_TYPE_PUT: 'EVENT_TYPE_PUT',
  /** Deleted, or does not match any more; with the document as it was last. */
  EVENT_TYPE_DELETE: 'EVENT_TYPE_DELETE',
  /** Nothing happened: all that was there when the watch began has been told. */
  EVENT_TYPE_SYNCED: 'EVENT_TYPE_SYNCED',
} as const;

/** A value of EventType; a number that this file does not name stays a number. */
export type EventType = keyof typeof EventType | number;

/** Whether a node runs. */
export const NodeStatus = {
  NODE_STATUS_UNSPECIFIED: 'NODE_STATUS_UNSPECIFIED',
  NODE_STATUS_ACTIVE: 'NODE_STATUS_ACTIVE',
  /** It cannot run, or waits for what is not there yet; `reason` says why. */
  NODE_STATUS_INACTIVE: 'NODE_STATUS_INACTIVE',
} as const;

/** A value of NodeStatus; a number that this file does not name stays a number. */
export type NodeStatus = keyof typeof NodeStatus | number;

/** Which documents are meant: those for which all that is stated holds. */
export interface Selector {
  id: string;
  namespace: string;
  name: string;
  /** Of specs only. */
  kind: string;
  labels: Label[];
  /**
   * A condition as `if` nodes have, such as `self.kind == "rpc"`, over the
   * document; of a value without its data. Not for watches.
   */
  where: string;
}

/** A test of one annotation. */
export interface Label {
  key: string;
  /** Any of these. None: the annotation must be absent. */
  values: string[];
}

/** A spec as stored. */
export interface StoredSpec {
  /** A mapping, as it was written: `kind`, `name`, `ports` and so on. */
  document?: Value;
  /** Of its last change; grows with each change of any spec. */
  revision: bigint;
}

/** A stored value, without what it holds. */
export interface StoredValue {
  id: string;
  namespace: string;
  name: string;
  annotations: { [key: string]: string };
  /** The shape of its data: keys of mappings, `***` for everything else. */
  maskedData?: Value;
  /** Of its last change; grows with each change of any value. */
  revision: bigint;
}

export interface ApplySpecRequest {
  document?: Value;
  /** Only if its last change is of this revision; 0: only if there is none. */
  ifRevision?: bigint;
}

export interface ApplySpecResponse {
  spec?: StoredSpec;
  change: Change;
}

export interface GetSpecRequest {
  /** This, or namespace and name. */
  id: string;
  /** Default: `default`. */
  namespace: string;
  name: string;
}

export interface GetSpecResponse {
  spec?: StoredSpec;
}

export interface ListSpecsRequest {
  selector?: Selector;
  /** At most 1000; 0 for 100. */
  pageSize: number;
  /** The `next_page_token` of the page before, with the same selector. */
  pageToken: string;
}

export interface ListSpecsResponse {
  specs: StoredSpec[];
  /** Empty on the last page. */
  nextPageToken: string;
  /** Of the newest change of any spec: a watch from here misses nothing. */
  revision: bigint;
}

export interface DeleteSpecRequest {
  /** This, or namespace and name. */
  id: string;
  /** Default: `default`. */
  namespace: string;
  name: string;
  /** Only if its last change is of this revision. */
  ifRevision?: bigint;
}

export interface DeleteSpecResponse {
  /** As it was last. */
  spec?: StoredSpec;
}

export interface WatchSpecsRequest {
  selector?: Selector;
  /** Begin after this revision. Absent: first with what is there, then SYNCED. */
  fromRevision?: bigint;
}

export interface WatchSpecsResponse {
  type: EventType;
  /** Absent for SYNCED. */
  spec?: StoredSpec;
  /** Of the change. */
  revision: bigint;
}

export interface ApplyValueRequest {
  /** A mapping: `name`, `data` and so on. */
  document?: Value;
  /** Only if its last change is of this revision; 0: only if there is none. */
  ifRevision?: bigint;
}

export interface ApplyValueResponse {
  value?: StoredValue;
  change: Change;
}

export interface GetValueRequest {
  /** This, or namespace and name. */
  id: string;
  /** Default: `default`. */
  namespace: string;
  name: string;
}

export interface GetValueResponse {
  value?: StoredValue;
}

export interface ListValuesRequest {
  selector?: Selector;
  /** At most 1000; 0 for 100. */
  pageSize: number;
  /** The `next_page_token` of the page before, with the same selector. */
  pageToken: string;
}

export interface ListValuesResponse {
  values: StoredValue[];
  /** Empty on the last page. */
  nextPageToken: string;
  /** Of the newest change of any value: a watch from here misses nothing. */
  revision: bigint;
}

export interface DeleteValueRequest {
  /** This, or namespace and name. */
  id: string;
  /** Default: `default`. */
  namespace: string;
  name: string;
  /** Only if its last change is of this revision. */
  ifRevision?: bigint;
}

export interface DeleteValueResponse {
  /** As it was last. */
  value?: StoredValue;
}

export interface WatchValuesRequest {
  selector?: Selector;
  /** Begin after this revision. Absent: first with what is there, then SYNCED. */
  fromRevision?: bigint;
}

export interface WatchValuesResponse {
  type: EventType;
  /** Absent for SYNCED. */
  value?: StoredValue;
  /** Of the change. */
  revision: bigint;
}

/** A node of the graph as it is now. */
export interface NodeState {
  id: string;
  namespace: string;
  name: string;
  kind: string;
  /** Full name of its gRPC service. */
  service: string;
  status: NodeStatus;
  /** Why it does not run, down to the name that is missing. */
  reason: string;
  /** Why its newest spec was refused, while an older one runs. */
  refused: string;
  /** Of the spec that runs; 0 when none does, or it is not from a store. */
  revision: bigint;
  /** Of the newer spec that was refused; 0 when none was. */
  refusedRevision: bigint;
  /** In-ports. */
  inputs: string[];
  /** Processes under way that began here. */
  processes: number;
  /** What passed since the node was made; absent when nobody counts. */
  traffic?: Traffic;
}

/** Counters. */
export interface Traffic {
  packets: bigint;
  /** Packets that were answered by an error. */
  errors: bigint;
}

export interface ListNodesRequest {
  /** `namespace`, `name` (or the service) and `kind`; none: all. */
  namespace: string;
  name: string;
  kind: string;
  /**
   * A condition over NodeState, names in lowerCamelCase and the status as
   * `active` or `inactive`: `self.status == "inactive"`.
   */
  where: string;
  /** At most 1000; 0 for 100. */
  pageSize: number;
  pageToken: string;
}

export interface ListNodesResponse {
  nodes: NodeState[];
  /** Empty on the last page. */
  nextPageToken: string;
}

export interface WatchNodesRequest {
  namespace: string;
  name: string;
  kind: string;
}

export interface WatchNodesResponse {
  /**
   * PUT for a node that is new or has changed, DELETE for one that has gone,
   * SYNCED once all there are have been told.
   */
  type: EventType;
  /** Absent for SYNCED. */
  node?: NodeState;
}

/** A process under way. */
export interface ProcessState {
  id: string;
  /** Of the process that it was forked from; empty for others. */
  parent: string;
  /** Service of the node it began at. */
  node: string;
  /** `running`, `held` by a debugger, `ended` or `failed`. */
  status: string;
  startTime?: Timestamp;
  /** Absent while it runs. */
  endTime?: Timestamp;
  /** What it ended with. */
  error?: Status;
  /** What nodes have set for it, as far as JSON has it; secrets are masked. */
  data?: Value;
}

export interface ListProcessesRequest {
  /** Service of the node that they began at. */
  node: string;
  parent: string;
  /**
   * A condition over ProcessState, names in lowerCamelCase and times as
   * milliseconds since 1970: `self.startTime < 1767225600000`.
   */
  where: string;
  /** At most 1000; 0 for 100. */
  pageSize: number;
  pageToken: string;
}

export interface ListProcessesResponse {
  processes: ProcessState[];
  /** Empty on the last page. */
  nextPageToken: string;
}

export interface GetProcessRequest {
  id: string;
}

export interface GetProcessResponse {
  process?: ProcessState;
}

export interface CancelProcessRequest {
  id: string;
  /** Told to its caller. */
  reason: string;
}

export interface CancelProcessResponse {
}

export interface ListFramesRequest {
  filter?: FrameFilter;
  /** At most 1000; 0 for 100. */
  pageSize: number;
  pageToken: string;
}

export interface ListFramesResponse {
  frames: NodeFrame[];
  /** Empty on the last page. */
  nextPageToken: string;
}

export interface WatchFramesRequest {
  filter?: FrameFilter;
}

export interface WatchFramesResponse {
  frame?: NodeFrame;
  /** Frames before this one that were not told. */
  missed: bigint;
}

/** Something that is wrong now. */
export interface Problem {
  /** `error`, or `warning` for what keeps nothing from running. */
  severity: string;
  message: string;
  /** What to do about it, such as `did you mean "if"?`. */
  suggestion: string;
  /** Service of the node that it concerns; empty when there is none. */
  node: string;
  /** Of the spec or value that it concerns; empty when there is none. */
  id: string;
  /**
   * Where it is written, with line and column from 1; empty and 0 for what is
   * in no file.
   */
  file: string;
  line: number;
  column: number;
}

export interface ListProblemsRequest {
  /** A condition over Problem: `self.severity == "error"`. */
  where: string;
  /** At most 1000; 0 for 100. */
  pageSize: number;
  pageToken: string;
}

export interface ListProblemsResponse {
  problems: Problem[];
  /** Empty on the last page. */
  nextPageToken: string;
}

export interface GetGraphRequest {
  /** Empty: all. */
  namespace: string;
}

export interface GetGraphResponse {
  /** As they were written, charts included. */
  specs: StoredSpec[];
  nodes: NodeState[];
  /** Out-ports that have edges; absent when nobody counts. */
  ports: PortState[];
}

/** What left a node by one out-port. Each edge of the port carried the same. */
export interface PortState {
  /** Service of the node. */
  node: string;
  outPort: string;
  traffic?: Traffic;
}

/** The descriptors of flowrpc/v1/control.proto. */
export const file = defineFile(
  'ChhmbG93cnBjL3YxL2NvbnRyb2wucHJvdG8SCmZsb3dycGMudjEaFmZsb3dycGMvdjEvZGVidWcucHJvdG8aHGdvb2dsZS9wcm90b2J1Zi9z' +
    'dHJ1Y3QucHJvdG8aH2dvb2dsZS9wcm90b2J1Zi90aW1lc3RhbXAucHJvdG8aF2dvb2dsZS9ycGMvc3RhdHVzLnByb3RvIqEBCghTZWxlY3Rv' +
    'chIOCgJpZBgBIAEoCVICaWQSHAoJbmFtZXNwYWNlGAIgASgJUgluYW1lc3BhY2USEgoEbmFtZRgDIAEoCVIEbmFtZRISCgRraW5kGAQgASgJ' +
    'UgRraW5kEikKBmxhYmVscxgFIAMoCzIRLmZsb3dycGMudjEuTGFiZWxSBmxhYmVscxIUCgV3aGVyZRgGIAEoCVIFd2hlcmUiMQoFTGFiZWwS' +
    'EAoDa2V5GAEgASgJUgNrZXkSFgoGdmFsdWVzGAIgAygJUgZ2YWx1ZXMiXAoKU3RvcmVkU3BlYxIyCghkb2N1bWVudBgBIAEoCzIWLmdvb2ds' +
    'ZS5wcm90b2J1Zi5WYWx1ZVIIZG9jdW1lbnQSGgoIcmV2aXNpb24YAiABKANSCHJldmlzaW9uIrACCgtTdG9yZWRWYWx1ZRIOCgJpZBgBIAEo' +
    'CVICaWQSHAoJbmFtZXNwYWNlGAIgASgJUgluYW1lc3BhY2USEgoEbmFtZRgDIAEoCVIEbmFtZRJKCgthbm5vdGF0aW9ucxgEIAMoCzIoLmZs' +
    'b3dycGMudjEuU3RvcmVkVmFsdWUuQW5ub3RhdGlvbnNFbnRyeVILYW5ub3RhdGlvbnMSNwoLbWFza2VkX2RhdGEYBSABKAsyFi5nb29nbGUu' +
    'cHJvdG9idWYuVmFsdWVSCm1hc2tlZERhdGESGgoIcmV2aXNpb24YBiABKANSCHJldmlzaW9uGj4KEEFubm90YXRpb25zRW50cnkSEAoDa2V5' +
    'GAEgASgJUgNrZXkSFAoFdmFsdWUYAiABKAlSBXZhbHVlOgI4ASJ8ChBBcHBseVNwZWNSZXF1ZXN0EjIKCGRvY3VtZW50GAEgASgLMhYuZ29v' +
    'Z2xlLnByb3RvYnVmLlZhbHVlUghkb2N1bWVudBIkCgtpZl9yZXZpc2lvbhgCIAEoA0gAUgppZlJldmlzaW9uiAEBQg4KDF9pZl9yZXZpc2lv' +
    'biJrChFBcHBseVNwZWNSZXNwb25zZRIqCgRzcGVjGAEgASgLMhYuZmxvd3JwYy52MS5TdG9yZWRTcGVjUgRzcGVjEioKBmNoYW5nZRgCIAEo' +
    'DjISLmZsb3dycGMudjEuQ2hhbmdlUgZjaGFuZ2UiUgoOR2V0U3BlY1JlcXVlc3QSDgoCaWQYASABKAlSAmlkEhwKCW5hbWVzcGFjZRgCIAEo' +
    'CVIJbmFtZXNwYWNlEhIKBG5hbWUYAyABKAlSBG5hbWUiPQoPR2V0U3BlY1Jlc3BvbnNlEioKBHNwZWMYASABKAsyFi5mbG93cnBjLnYxLlN0' +
    'b3JlZFNwZWNSBHNwZWMigAEKEExpc3RTcGVjc1JlcXVlc3QSMAoIc2VsZWN0b3IYASABKAsyFC5mbG93cnBjLnYxLlNlbGVjdG9yUghzZWxl' +
    'Y3RvchIbCglwYWdlX3NpemUYAiABKAVSCHBhZ2VTaXplEh0KCnBhZ2VfdG9rZW4YAyABKAlSCXBhZ2VUb2tlbiKFAQoRTGlzdFNwZWNzUmVz' +
    'cG9uc2USLAoFc3BlY3MYASADKAsyFi5mbG93cnBjLnYxLlN0b3JlZFNwZWNSBXNwZWNzEiYKD25leHRfcGFnZV90b2tlbhgCIAEoCVINbmV4' +
    'dFBhZ2VUb2tlbhIaCghyZXZpc2lvbhgDIAEoA1IIcmV2aXNpb24iiwEKEURlbGV0ZVNwZWNSZXF1ZXN0Eg4KAmlkGAEgASgJUgJpZBIcCglu' +
    'YW1lc3BhY2UYAiABKAlSCW5hbWVzcGFjZRISCgRuYW1lGAMgASgJUgRuYW1lEiQKC2lmX3JldmlzaW9uGAQgASgDSABSCmlmUmV2aXNpb26I' +
    'AQFCDgoMX2lmX3JldmlzaW9uIkAKEkRlbGV0ZVNwZWNSZXNwb25zZRIqCgRzcGVjGAEgASgLMhYuZmxvd3JwYy52MS5TdG9yZWRTcGVjUgRz' +
    'cGVjIoEBChFXYXRjaFNwZWNzUmVxdWVzdBIwCghzZWxlY3RvchgBIAEoCzIULmZsb3dycGMudjEuU2VsZWN0b3JSCHNlbGVjdG9yEigKDWZy' +
    'b21fcmV2aXNpb24YAiABKANIAFIMZnJvbVJldmlzaW9uiAEBQhAKDl9mcm9tX3JldmlzaW9uIocBChJXYXRjaFNwZWNzUmVzcG9uc2USKQoE' +
    'dHlwZRgBIAEoDjIVLmZsb3dycGMudjEuRXZlbnRUeXBlUgR0eXBlEioKBHNwZWMYAiABKAsyFi5mbG93cnBjLnYxLlN0b3JlZFNwZWNSBHNw' +
    'ZWMSGgoIcmV2aXNpb24YAyABKANSCHJldmlzaW9uIn0KEUFwcGx5VmFsdWVSZXF1ZXN0EjIKCGRvY3VtZW50GAEgASgLMhYuZ29vZ2xlLnBy' +
    'b3RvYnVmLlZhbHVlUghkb2N1bWVudBIkCgtpZl9yZXZpc2lvbhgCIAEoA0gAUgppZlJldmlzaW9uiAEBQg4KDF9pZl9yZXZpc2lvbiJvChJB' +
    'cHBseVZhbHVlUmVzcG9uc2USLQoFdmFsdWUYASABKAsyFy5mbG93cnBjLnYxLlN0b3JlZFZhbHVlUgV2YWx1ZRIqCgZjaGFuZ2UYAiABKA4y' +
    'Ei5mbG93cnBjLnYxLkNoYW5nZVIGY2hhbmdlIlMKD0dldFZhbHVlUmVxdWVzdBIOCgJpZBgBIAEoCVICaWQSHAoJbmFtZXNwYWNlGAIgASgJ' +
    'UgluYW1lc3BhY2USEgoEbmFtZRgDIAEoCVIEbmFtZSJBChBHZXRWYWx1ZVJlc3BvbnNlEi0KBXZhbHVlGAEgASgLMhcuZmxvd3JwYy52MS5T' +
    'dG9yZWRWYWx1ZVIFdmFsdWUigQEKEUxpc3RWYWx1ZXNSZXF1ZXN0EjAKCHNlbGVjdG9yGAEgASgLMhQuZmxvd3JwYy52MS5TZWxlY3RvclII' +
    'c2VsZWN0b3ISGwoJcGFnZV9zaXplGAIgASgFUghwYWdlU2l6ZRIdCgpwYWdlX3Rva2VuGAMgASgJUglwYWdlVG9rZW4iiQEKEkxpc3RWYWx1' +
    'ZXNSZXNwb25zZRIvCgZ2YWx1ZXMYASADKAsyFy5mbG93cnBjLnYxLlN0b3JlZFZhbHVlUgZ2YWx1ZXMSJgoPbmV4dF9wYWdlX3Rva2VuGAIg' +
    'ASgJUg1uZXh0UGFnZVRva2VuEhoKCHJldmlzaW9uGAMgASgDUghyZXZpc2lvbiKMAQoSRGVsZXRlVmFsdWVSZXF1ZXN0Eg4KAmlkGAEgASgJ' +
    'UgJpZBIcCgluYW1lc3BhY2UYAiABKAlSCW5hbWVzcGFjZRISCgRuYW1lGAMgASgJUgRuYW1lEiQKC2lmX3JldmlzaW9uGAQgASgDSABSCmlm' +
    'UmV2aXNpb26IAQFCDgoMX2lmX3JldmlzaW9uIkQKE0RlbGV0ZVZhbHVlUmVzcG9uc2USLQoFdmFsdWUYASABKAsyFy5mbG93cnBjLnYxLlN0' +
    'b3JlZFZhbHVlUgV2YWx1ZSKCAQoSV2F0Y2hWYWx1ZXNSZXF1ZXN0EjAKCHNlbGVjdG9yGAEgASgLMhQuZmxvd3JwYy52MS5TZWxlY3RvclII' +
    'c2VsZWN0b3ISKAoNZnJvbV9yZXZpc2lvbhgCIAEoA0gAUgxmcm9tUmV2aXNpb26IAQFCEAoOX2Zyb21fcmV2aXNpb24iiwEKE1dhdGNoVmFs' +
    'dWVzUmVzcG9uc2USKQoEdHlwZRgBIAEoDjIVLmZsb3dycGMudjEuRXZlbnRUeXBlUgR0eXBlEi0KBXZhbHVlGAIgASgLMhcuZmxvd3JwYy52' +
    'MS5TdG9yZWRWYWx1ZVIFdmFsdWUSGgoIcmV2aXNpb24YAyABKANSCHJldmlzaW9uIokDCglOb2RlU3RhdGUSDgoCaWQYASABKAlSAmlkEhwK' +
    'CW5hbWVzcGFjZRgCIAEoCVIJbmFtZXNwYWNlEhIKBG5hbWUYAyABKAlSBG5hbWUSEgoEa2luZBgEIAEoCVIEa2luZBIYCgdzZXJ2aWNlGAUg' +
    'ASgJUgdzZXJ2aWNlEi4KBnN0YXR1cxgGIAEoDjIWLmZsb3dycGMudjEuTm9kZVN0YXR1c1IGc3RhdHVzEhYKBnJlYXNvbhgHIAEoCVIGcmVh' +
    'c29uEhgKB3JlZnVzZWQYCCABKAlSB3JlZnVzZWQSGgoIcmV2aXNpb24YCSABKANSCHJldmlzaW9uEikKEHJlZnVzZWRfcmV2aXNpb24YCiAB' +
    'KANSD3JlZnVzZWRSZXZpc2lvbhIWCgZpbnB1dHMYCyADKAlSBmlucHV0cxIcCglwcm9jZXNzZXMYDCABKAVSCXByb2Nlc3NlcxItCgd0cmFm' +
    'ZmljGA0gASgLMhMuZmxvd3JwYy52MS5UcmFmZmljUgd0cmFmZmljIjsKB1RyYWZmaWMSGAoHcGFja2V0cxgBIAEoA1IHcGFja2V0cxIWCgZl' +
    'cnJvcnMYAiABKANSBmVycm9ycyKqAQoQTGlzdE5vZGVzUmVxdWVzdBIcCgluYW1lc3BhY2UYASABKAlSCW5hbWVzcGFjZRISCgRuYW1lGAIg' +
    'ASgJUgRuYW1lEhIKBGtpbmQYAyABKAlSBGtpbmQSFAoFd2hlcmUYBCABKAlSBXdoZXJlEhsKCXBhZ2Vfc2l6ZRgFIAEoBVIIcGFnZVNpemUS' +
    'HQoKcGFnZV90b2tlbhgGIAEoCVIJcGFnZVRva2VuImgKEUxpc3ROb2Rlc1Jlc3BvbnNlEisKBW5vZGVzGAEgAygLMhUuZmxvd3JwYy52MS5O' +
    'b2RlU3RhdGVSBW5vZGVzEiYKD25leHRfcGFnZV90b2tlbhgCIAEoCVINbmV4dFBhZ2VUb2tlbiJZChFXYXRjaE5vZGVzUmVxdWVzdBIcCglu' +
    'YW1lc3BhY2UYASABKAlSCW5hbWVzcGFjZRISCgRuYW1lGAIgASgJUgRuYW1lEhIKBGtpbmQYAyABKAlSBGtpbmQiagoSV2F0Y2hOb2Rlc1Jl' +
    'c3BvbnNlEikKBHR5cGUYASABKA4yFS5mbG93cnBjLnYxLkV2ZW50VHlwZVIEdHlwZRIpCgRub2RlGAIgASgLMhUuZmxvd3JwYy52MS5Ob2Rl' +
    'U3RhdGVSBG5vZGUiqgIKDFByb2Nlc3NTdGF0ZRIOCgJpZBgBIAEoCVICaWQSFgoGcGFyZW50GAIgASgJUgZwYXJlbnQSEgoEbm9kZRgDIAEo' +
    'CVIEbm9kZRIWCgZzdGF0dXMYBCABKAlSBnN0YXR1cxI5CgpzdGFydF90aW1lGAUgASgLMhouZ29vZ2xlLnByb3RvYnVmLlRpbWVzdGFtcFIJ' +
    'c3RhcnRUaW1lEjUKCGVuZF90aW1lGAYgASgLMhouZ29vZ2xlLnByb3RvYnVmLlRpbWVzdGFtcFIHZW5kVGltZRIoCgVlcnJvchgHIAEoCzIS' +
    'Lmdvb2dsZS5ycGMuU3RhdHVzUgVlcnJvchIqCgRkYXRhGAggASgLMhYuZ29vZ2xlLnByb3RvYnVmLlZhbHVlUgRkYXRhIpQBChRMaXN0UHJv' +
    'Y2Vzc2VzUmVxdWVzdBISCgRub2RlGAEgASgJUgRub2RlEhYKBnBhcmVudBgCIAEoCVIGcGFyZW50EhQKBXdoZXJlGAMgASgJUgV3aGVyZRIb' +
    'CglwYWdlX3NpemUYBCABKAVSCHBhZ2VTaXplEh0KCnBhZ2VfdG9rZW4YBSABKAlSCXBhZ2VUb2tlbiJ3ChVMaXN0UHJvY2Vzc2VzUmVzcG9u' +
    'c2USNgoJcHJvY2Vzc2VzGAEgAygLMhguZmxvd3JwYy52MS5Qcm9jZXNzU3RhdGVSCXByb2Nlc3NlcxImCg9uZXh0X3BhZ2VfdG9rZW4YAiAB' +
    'KAlSDW5leHRQYWdlVG9rZW4iIwoRR2V0UHJvY2Vzc1JlcXVlc3QSDgoCaWQYASABKAlSAmlkIkgKEkdldFByb2Nlc3NSZXNwb25zZRIyCgdw' +
    'cm9jZXNzGAEgASgLMhguZmxvd3JwYy52MS5Qcm9jZXNzU3RhdGVSB3Byb2Nlc3MiPgoUQ2FuY2VsUHJvY2Vzc1JlcXVlc3QSDgoCaWQYASAB' +
    'KAlSAmlkEhYKBnJlYXNvbhgCIAEoCVIGcmVhc29uIhcKFUNhbmNlbFByb2Nlc3NSZXNwb25zZSKAAQoRTGlzdEZyYW1lc1JlcXVlc3QSLwoG' +
    'ZmlsdGVyGAEgASgLMhcuZmxvd3JwYy52MS5GcmFtZUZpbHRlclIGZmlsdGVyEhsKCXBhZ2Vfc2l6ZRgCIAEoBVIIcGFnZVNpemUSHQoKcGFn' +
    'ZV90b2tlbhgDIAEoCVIJcGFnZVRva2VuImsKEkxpc3RGcmFtZXNSZXNwb25zZRItCgZmcmFtZXMYASADKAsyFS5mbG93cnBjLnYxLk5vZGVG' +
    'cmFtZVIGZnJhbWVzEiYKD25leHRfcGFnZV90b2tlbhgCIAEoCVINbmV4dFBhZ2VUb2tlbiJFChJXYXRjaEZyYW1lc1JlcXVlc3QSLwoGZmls' +
    'dGVyGAEgASgLMhcuZmxvd3JwYy52MS5GcmFtZUZpbHRlclIGZmlsdGVyIloKE1dhdGNoRnJhbWVzUmVzcG9uc2USKwoFZnJhbWUYASABKAsy' +
    'FS5mbG93cnBjLnYxLk5vZGVGcmFtZVIFZnJhbWUSFgoGbWlzc2VkGAIgASgDUgZtaXNzZWQiwwEKB1Byb2JsZW0SGgoIc2V2ZXJpdHkYASAB' +
    'KAlSCHNldmVyaXR5EhgKB21lc3NhZ2UYAiABKAlSB21lc3NhZ2USHgoKc3VnZ2VzdGlvbhgDIAEoCVIKc3VnZ2VzdGlvbhISCgRub2RlGAQg' +
    'ASgJUgRub2RlEg4KAmlkGAUgASgJUgJpZBISCgRmaWxlGAYgASgJUgRmaWxlEhIKBGxpbmUYByABKAVSBGxpbmUSFgoGY29sdW1uGAggASgF' +
    'UgZjb2x1bW4iZwoTTGlzdFByb2JsZW1zUmVxdWVzdBIUCgV3aGVyZRgBIAEoCVIFd2hlcmUSGwoJcGFnZV9zaXplGAIgASgFUghwYWdlU2l6' +
    'ZRIdCgpwYWdlX3Rva2VuGAMgASgJUglwYWdlVG9rZW4ibwoUTGlzdFByb2JsZW1zUmVzcG9uc2USLwoIcHJvYmxlbXMYASADKAsyEy5mbG93' +
    'cnBjLnYxLlByb2JsZW1SCHByb2JsZW1zEiYKD25leHRfcGFnZV90b2tlbhgCIAEoCVINbmV4dFBhZ2VUb2tlbiIvCg9HZXRHcmFwaFJlcXVl' +
    'c3QSHAoJbmFtZXNwYWNlGAEgASgJUgluYW1lc3BhY2UimgEKEEdldEdyYXBoUmVzcG9uc2USLAoFc3BlY3MYASADKAsyFi5mbG93cnBjLnYx' +
    'LlN0b3JlZFNwZWNSBXNwZWNzEisKBW5vZGVzGAIgAygLMhUuZmxvd3JwYy52MS5Ob2RlU3RhdGVSBW5vZGVzEisKBXBvcnRzGAMgAygLMhUu' +
    'Zmxvd3JwYy52MS5Qb3J0U3RhdGVSBXBvcnRzImkKCVBvcnRTdGF0ZRISCgRub2RlGAEgASgJUgRub2RlEhkKCG91dF9wb3J0GAIgASgJUgdv' +
    'dXRQb3J0Ei0KB3RyYWZmaWMYAyABKAsyEy5mbG93cnBjLnYxLlRyYWZmaWNSB3RyYWZmaWMqXwoGQ2hhbmdlEhYKEkNIQU5HRV9VTlNQRUNJ' +
    'RklFRBAAEhIKDkNIQU5HRV9DUkVBVEVEEAESEwoPQ0hBTkdFX1JFUExBQ0VEEAISFAoQQ0hBTkdFX1VOQ0hBTkdFRBADKmkKCUV2ZW50VHlw' +
    'ZRIaChZFVkVOVF9UWVBFX1VOU1BFQ0lGSUVEEAASEgoORVZFTlRfVFlQRV9QVVQQARIVChFFVkVOVF9UWVBFX0RFTEVURRACEhUKEUVWRU5U' +
    'X1RZUEVfU1lOQ0VEEAMqWwoKTm9kZVN0YXR1cxIbChdOT0RFX1NUQVRVU19VTlNQRUNJRklFRBAAEhYKEk5PREVfU1RBVFVTX0FDVElWRRAB' +
    'EhgKFE5PREVfU1RBVFVTX0lOQUNUSVZFEAIyvwwKB0NvbnRyb2wSSAoJQXBwbHlTcGVjEhwuZmxvd3JwYy52MS5BcHBseVNwZWNSZXF1ZXN0' +
    'Gh0uZmxvd3JwYy52MS5BcHBseVNwZWNSZXNwb25zZRJHCgdHZXRTcGVjEhouZmxvd3JwYy52MS5HZXRTcGVjUmVxdWVzdBobLmZsb3dycGMu' +
    'djEuR2V0U3BlY1Jlc3BvbnNlIgOQAgESTQoJTGlzdFNwZWNzEhwuZmxvd3JwYy52MS5MaXN0U3BlY3NSZXF1ZXN0Gh0uZmxvd3JwYy52MS5M' +
    'aXN0U3BlY3NSZXNwb25zZSIDkAIBEksKCkRlbGV0ZVNwZWMSHS5mbG93cnBjLnYxLkRlbGV0ZVNwZWNSZXF1ZXN0Gh4uZmxvd3JwYy52MS5E' +
    'ZWxldGVTcGVjUmVzcG9uc2USTQoKV2F0Y2hTcGVjcxIdLmZsb3dycGMudjEuV2F0Y2hTcGVjc1JlcXVlc3QaHi5mbG93cnBjLnYxLldhdGNo' +
    'U3BlY3NSZXNwb25zZTABEksKCkFwcGx5VmFsdWUSHS5mbG93cnBjLnYxLkFwcGx5VmFsdWVSZXF1ZXN0Gh4uZmxvd3JwYy52MS5BcHBseVZh' +
    'bHVlUmVzcG9uc2USSgoIR2V0VmFsdWUSGy5mbG93cnBjLnYxLkdldFZhbHVlUmVxdWVzdBocLmZsb3dycGMudjEuR2V0VmFsdWVSZXNwb25z' +
    'ZSIDkAIBElAKCkxpc3RWYWx1ZXMSHS5mbG93cnBjLnYxLkxpc3RWYWx1ZXNSZXF1ZXN0Gh4uZmxvd3JwYy52MS5MaXN0VmFsdWVzUmVzcG9u' +
    'c2UiA5ACARJOCgtEZWxldGVWYWx1ZRIeLmZsb3dycGMudjEuRGVsZXRlVmFsdWVSZXF1ZXN0Gh8uZmxvd3JwYy52MS5EZWxldGVWYWx1ZVJl' +
    'c3BvbnNlElAKC1dhdGNoVmFsdWVzEh4uZmxvd3JwYy52MS5XYXRjaFZhbHVlc1JlcXVlc3QaHy5mbG93cnBjLnYxLldhdGNoVmFsdWVzUmVz' +
    'cG9uc2UwARJNCglMaXN0Tm9kZXMSHC5mbG93cnBjLnYxLkxpc3ROb2Rlc1JlcXVlc3QaHS5mbG93cnBjLnYxLkxpc3ROb2Rlc1Jlc3BvbnNl' +
    'IgOQAgESTQoKV2F0Y2hOb2RlcxIdLmZsb3dycGMudjEuV2F0Y2hOb2Rlc1JlcXVlc3QaHi5mbG93cnBjLnYxLldhdGNoTm9kZXNSZXNwb25z' +
    'ZTABElkKDUxpc3RQcm9jZXNzZXMSIC5mbG93cnBjLnYxLkxpc3RQcm9jZXNzZXNSZXF1ZXN0GiEuZmxvd3JwYy52MS5MaXN0UHJvY2Vzc2Vz' +
    'UmVzcG9uc2UiA5ACARJQCgpHZXRQcm9jZXNzEh0uZmxvd3JwYy52MS5HZXRQcm9jZXNzUmVxdWVzdBoeLmZsb3dycGMudjEuR2V0UHJvY2Vz' +
    'c1Jlc3BvbnNlIgOQAgESVAoNQ2FuY2VsUHJvY2VzcxIgLmZsb3dycGMudjEuQ2FuY2VsUHJvY2Vzc1JlcXVlc3QaIS5mbG93cnBjLnYxLkNh' +
    'bmNlbFByb2Nlc3NSZXNwb25zZRJQCgpMaXN0RnJhbWVzEh0uZmxvd3JwYy52MS5MaXN0RnJhbWVzUmVxdWVzdBoeLmZsb3dycGMudjEuTGlz' +
    'dEZyYW1lc1Jlc3BvbnNlIgOQAgESUAoLV2F0Y2hGcmFtZXMSHi5mbG93cnBjLnYxLldhdGNoRnJhbWVzUmVxdWVzdBofLmZsb3dycGMudjEu' +
    'V2F0Y2hGcmFtZXNSZXNwb25zZTABElYKDExpc3RQcm9ibGVtcxIfLmZsb3dycGMudjEuTGlzdFByb2JsZW1zUmVxdWVzdBogLmZsb3dycGMu' +
    'djEuTGlzdFByb2JsZW1zUmVzcG9uc2UiA5ACARJKCghHZXRHcmFwaBIbLmZsb3dycGMudjEuR2V0R3JhcGhSZXF1ZXN0GhwuZmxvd3JwYy52' +
    'MS5HZXRHcmFwaFJlc3BvbnNlIgOQAgESQAoFRGVidWcSGC5mbG93cnBjLnYxLkRlYnVnUmVxdWVzdBoZLmZsb3dycGMudjEuRGVidWdSZXNw' +
    'b25zZSgBMAFCQqoCCkZsb3dScGMuVjFaFGZsb3dycGMvdjE7Zmxvd3JwY3YxUAFCDENvbnRyb2xQcm90bwoNaW8uZmxvd3JwYy52MWIGcHJv' +
    'dG8z',
  [file_flowrpc_v1_debug, file_google_protobuf_struct, file_google_protobuf_timestamp, file_google_rpc_status],
);

export const Selector: MessageType<Selector> = messageOf(file, 'flowrpc.v1.Selector');
export const Label: MessageType<Label> = messageOf(file, 'flowrpc.v1.Label');
export const StoredSpec: MessageType<StoredSpec> = messageOf(file, 'flowrpc.v1.StoredSpec');
export const StoredValue: MessageType<StoredValue> = messageOf(file, 'flowrpc.v1.StoredValue');
export const ApplySpecRequest: MessageType<ApplySpecRequest> = messageOf(file, 'flowrpc.v1.ApplySpecRequest');
export const ApplySpecResponse: MessageType<ApplySpecResponse> = messageOf(file, 'flowrpc.v1.ApplySpecResponse');
export const GetSpecRequest: MessageType<GetSpecRequest> = messageOf(file, 'flowrpc.v1.GetSpecRequest');
export const GetSpecResponse: MessageType<GetSpecResponse> = messageOf(file, 'flowrpc.v1.GetSpecResponse');
export const ListSpecsRequest: MessageType<ListSpecsRequest> = messageOf(file, 'flowrpc.v1.ListSpecsRequest');
export const ListSpecsResponse: MessageType<ListSpecsResponse> = messageOf(file, 'flowrpc.v1.ListSpecsResponse');
export const DeleteSpecRequest: MessageType<DeleteSpecRequest> = messageOf(file, 'flowrpc.v1.DeleteSpecRequest');
export const DeleteSpecResponse: MessageType<DeleteSpecResponse> = messageOf(file, 'flowrpc.v1.DeleteSpecResponse');
export const WatchSpecsRequest: MessageType<WatchSpecsRequest> = messageOf(file, 'flowrpc.v1.WatchSpecsRequest');
export const WatchSpecsResponse: MessageType<WatchSpecsResponse> = messageOf(file, 'flowrpc.v1.WatchSpecsResponse');
export const ApplyValueRequest: MessageType<ApplyValueRequest> = messageOf(file, 'flowrpc.v1.ApplyValueRequest');
export const ApplyValueResponse: MessageType<ApplyValueResponse> = messageOf(file, 'flowrpc.v1.ApplyValueResponse');
export const GetValueRequest: MessageType<GetValueRequest> = messageOf(file, 'flowrpc.v1.GetValueRequest');
export const GetValueResponse: MessageType<GetValueResponse> = messageOf(file, 'flowrpc.v1.GetValueResponse');
export const ListValuesRequest: MessageType<ListValuesRequest> = messageOf(file, 'flowrpc.v1.ListValuesRequest');
export const ListValuesResponse: MessageType<ListValuesResponse> = messageOf(file, 'flowrpc.v1.ListValuesResponse');
export const DeleteValueRequest: MessageType<DeleteValueRequest> = messageOf(file, 'flowrpc.v1.DeleteValueRequest');
export const DeleteValueResponse: MessageType<DeleteValueResponse> = messageOf(file, 'flowrpc.v1.DeleteValueResponse');
export const WatchValuesRequest: MessageType<WatchValuesRequest> = messageOf(file, 'flowrpc.v1.WatchValuesRequest');
export const WatchValuesResponse: MessageType<WatchValuesResponse> = messageOf(file, 'flowrpc.v1.WatchValuesResponse');
export const NodeState: MessageType<NodeState> = messageOf(file, 'flowrpc.v1.NodeState');
export const Traffic: MessageType<Traffic> = messageOf(file, 'flowrpc.v1.Traffic');
export const ListNodesRequest: MessageType<ListNodesRequest> = messageOf(file, 'flowrpc.v1.ListNodesRequest');
export const ListNodesResponse: MessageType<ListNodesResponse> = messageOf(file, 'flowrpc.v1.ListNodesResponse');
export const WatchNodesRequest: MessageType<WatchNodesRequest> = messageOf(file, 'flowrpc.v1.WatchNodesRequest');
export const WatchNodesResponse: MessageType<WatchNodesResponse> = messageOf(file, 'flowrpc.v1.WatchNodesResponse');
export const ProcessState: MessageType<ProcessState> = messageOf(file, 'flowrpc.v1.ProcessState');
export const ListProcessesRequest: MessageType<ListProcessesRequest> = messageOf(file, 'flowrpc.v1.ListProcessesRequest');
export const ListProcessesResponse: MessageType<ListProcessesResponse> = messageOf(file, 'flowrpc.v1.ListProcessesResponse');
export const GetProcessRequest: MessageType<GetProcessRequest> = messageOf(file, 'flowrpc.v1.GetProcessRequest');
export const GetProcessResponse: MessageType<GetProcessResponse> = messageOf(file, 'flowrpc.v1.GetProcessResponse');
export const CancelProcessRequest: MessageType<CancelProcessRequest> = messageOf(file, 'flowrpc.v1.CancelProcessRequest');
export const CancelProcessResponse: MessageType<CancelProcessResponse> = messageOf(file, 'flowrpc.v1.CancelProcessResponse');
export const ListFramesRequest: MessageType<ListFramesRequest> = messageOf(file, 'flowrpc.v1.ListFramesRequest');
export const ListFramesResponse: MessageType<ListFramesResponse> = messageOf(file, 'flowrpc.v1.ListFramesResponse');
export const WatchFramesRequest: MessageType<WatchFramesRequest> = messageOf(file, 'flowrpc.v1.WatchFramesRequest');
export const WatchFramesResponse: MessageType<WatchFramesResponse> = messageOf(file, 'flowrpc.v1.WatchFramesResponse');
export const Problem: MessageType<Problem> = messageOf(file, 'flowrpc.v1.Problem');
export const ListProblemsRequest: MessageType<ListProblemsRequest> = messageOf(file, 'flowrpc.v1.ListProblemsRequest');
export const ListProblemsResponse: MessageType<ListProblemsResponse> = messageOf(file, 'flowrpc.v1.ListProblemsResponse');
export const GetGraphRequest: MessageType<GetGraphRequest> = messageOf(file, 'flowrpc.v1.GetGraphRequest');
export const GetGraphResponse: MessageType<GetGraphResponse> = messageOf(file, 'flowrpc.v1.GetGraphResponse');
export const PortState: MessageType<PortState> = messageOf(file, 'flowrpc.v1.PortState');

/**
 * What runs, and what it is made of: specs and values to change, nodes,
 * processes and packets to look at. Every call needs the server's control
 * token, as `authorization: Bearer …`, else it ends with UNAUTHENTICATED.
 */
export const Control: Service<{
  /**
   * Makes or replaces one spec, by its id, else by namespace and name. No other
   * spec is touched. INVALID_ARGUMENT for one with neither id nor name, or that
   * is no spec; ABORTED when it is not at `if_revision`; ALREADY_EXISTS when
   * its name or its id is taken; PERMISSION_DENIED for one that leads to where
   * specs from outside must not.
   */
  applySpec: Method<ApplySpecRequest, ApplySpecResponse, 'unary'>;
  /** One spec as it was written. NOT_FOUND when there is none. */
  getSpec: Method<GetSpecRequest, GetSpecResponse, 'unary'>;
  /** Specs as they were written, by namespace, name and id. */
  listSpecs: Method<ListSpecsRequest, ListSpecsResponse, 'unary'>;
  /** NOT_FOUND when there is none; ABORTED when it is not at `if_revision`. */
  deleteSpec: Method<DeleteSpecRequest, DeleteSpecResponse, 'unary'>;
  /**
   * Every change, in order, until the caller leaves. OUT_OF_RANGE when the
   * changes after `from_revision` are not known any more: list again.
   */
  watchSpecs: Method<WatchSpecsRequest, WatchSpecsResponse, 'serverStream'>;
  /** As ApplySpec. */
  applyValue: Method<ApplyValueRequest, ApplyValueResponse, 'unary'>;
  /** One value, its data masked. NOT_FOUND when there is none. */
  getValue: Method<GetValueRequest, GetValueResponse, 'unary'>;
  /** Values, their data masked, by namespace, name and id. */
  listValues: Method<ListValuesRequest, ListValuesResponse, 'unary'>;
  /** As DeleteSpec. */
  deleteValue: Method<DeleteValueRequest, DeleteValueResponse, 'unary'>;
  /** As WatchSpecs. */
  watchValues: Method<WatchValuesRequest, WatchValuesResponse, 'serverStream'>;
  /** Nodes, by namespace and service. */
  listNodes: Method<ListNodesRequest, ListNodesResponse, 'unary'>;
  /**
   * All nodes as they are, and then each that changes. What changes several
   * times while the caller reads is told once, as it is in the end.
   */
  watchNodes: Method<WatchNodesRequest, WatchNodesResponse, 'serverStream'>;
  /** Processes under way, oldest first. */
  listProcesses: Method<ListProcessesRequest, ListProcessesResponse, 'unary'>;
  /** NOT_FOUND when it has ended, or never was. */
  getProcess: Method<GetProcessRequest, GetProcessResponse, 'unary'>;
  /** Ends a process early: its caller gets CANCELLED. NOT_FOUND as GetProcess. */
  cancelProcess: Method<CancelProcessRequest, CancelProcessResponse, 'unary'>;
  /**
   * Frames of processes under way, oldest first. FAILED_PRECONDITION when
   * nobody records them.
   */
  listFrames: Method<ListFramesRequest, ListFramesResponse, 'unary'>;
  /**
   * Each frame as it ends. A caller who reads too slowly misses some, and is
   * told how many.
   */
  watchFrames: Method<WatchFramesRequest, WatchFramesResponse, 'serverStream'>;
  /**
   * What is wrong now: with specs and values, with files of a store, with a
   * store as a whole. What runs goes on by what it was made of last.
   */
  listProblems: Method<ListProblemsRequest, ListProblemsResponse, 'unary'>;
  /** All that a drawing of the graph needs. */
  getGraph: Method<GetGraphRequest, GetGraphResponse, 'unary'>;
  /**
   * Breakpoints. They belong to the call: whatever they hold is let go when it
   * ends.
   */
  debug: Method<DebugRequest, DebugResponse, 'bidi'>;
}> = serviceOf(file, 'flowrpc.v1.Control');
