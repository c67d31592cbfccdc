import { Code } from '../core/code.ts';
import type { Init } from '../core/init.ts';
import type { ProtoFile } from '../core/method.ts';
import type { Detail, Details } from '../core/status.ts';
import { StatusError } from '../core/status-error.ts';
import {
  BadRequest,
  DebugInfo,
  ErrorInfo,
  file,
  Help,
  LocalizedMessage,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
} from './gen/google/rpc/error_details.ts';
import { file as statusFile } from './gen/google/rpc/status.ts';
import { isObject } from './json/json.ts';
import { jsonToMessage } from './json/json-to-message.ts';
import type { MessageType } from './message-type.ts';
import { shown } from './refusal.ts';

export { decodeStatusDetails, encodeStatusDetails, type PackedStatus } from './status-details.ts';
export {
  BadRequest,
  DebugInfo,
  ErrorInfo,
  Help,
  LocalizedMessage,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
};

const prefix = 'type.googleapis.com/';

/** Packs any message as a status detail. */
export function packDetail<T>(type: MessageType<T>, message: Init<T>): Detail {
  return { typeUrl: prefix + type.typeName, value: type.encode(message) };
}

/** Which fields of a request were wrong, with INVALID_ARGUMENT. */
export const badRequest = packer(BadRequest);
/** Stack and text for developers; dropped first when details are too large. Never send it to strangers. */
export const debugInfo = packer(DebugInfo);
/** A reason in UPPER_SNAKE_CASE, unique within a domain, for programs to act on. */
export const errorInfo = packer(ErrorInfo);
/** Links to documentation or to where the problem can be solved. */
export const help = packer(Help);
/** The error in the user's language. */
export const localizedMessage = packer(LocalizedMessage);
/** Which preconditions do not hold, with FAILED_PRECONDITION. */
export const preconditionFailure = packer(PreconditionFailure);
/** Which quotas are exhausted, with RESOURCE_EXHAUSTED. */
export const quotaFailure = packer(QuotaFailure);
/** What identifies the request in logs of the server. */
export const requestInfo = packer(RequestInfo);
/** The resource that was asked for, with NOT_FOUND or ALREADY_EXISTS. */
export const resourceInfo = packer(ResourceInfo);
/** How long to wait before the call may be repeated, with UNAVAILABLE or RESOURCE_EXHAUSTED. */
export const retryInfo = packer(RetryInfo);

/** The first detail of a type among those of a status or a StatusError; undefined when there is none or it cannot be read. */
export function findDetail<T>(from: { readonly details: Details } | Details, type: MessageType<T>): T | undefined {
  for (const detail of 'details' in from ? from.details : from) {
    if (nameOf(detail) === type.typeName) {
      const message = tryDecode(type, detail.value);
      if (message !== undefined) return message;
    }
  }
  return undefined;
}

/** A detail as `decodeDetails` shows it: a message for the ten standard types and those given, else its bytes. */
export interface DecodedDetail {
  /** `google.rpc.BadRequest` */
  readonly typeName: string;
  readonly message?: unknown;
  readonly bytes: Uint8Array;
}

/** All details with their messages, as far as their types are standard or given; never throws. */
export function decodeDetails(
  from: { readonly details: Details } | Details,
  more: readonly MessageType[] = [],
): DecodedDetail[] {
  return ('details' in from ? from.details : from).map((detail) => {
    const typeName = nameOf(detail);
    const type = [...standard, ...more].find((candidate) => candidate.typeName === typeName);
    const message = type && tryDecode(type, detail.value);
    return { typeName, ...(message === undefined ? {} : { message }), bytes: detail.value };
  });
}

/**
 * A detail of a standard type out of protobuf's JSON mapping: its type is under `@type`, `google.rpc.ErrorInfo` for one. INVALID_ARGUMENT for other types, and
 * for what does not fit.
 */
export function detailFromJson(json: unknown): Detail {
  const { '@type': typeUrl, ...fields } = isObject(json) ? json : {};
  const wanted = typeof typeUrl === 'string' ? nameOf({ typeUrl }) : undefined;
  const type = standard.find(({ typeName }) => typeName === wanted);
  if (type !== undefined) return packDetail(type, jsonToMessage(type, fields) as Init<unknown>);
  const known = standard.map(({ typeName }) => typeName).join(', ');
  throw new StatusError(
    Code.INVALID_ARGUMENT,
    `Cannot read ${shown(json)} as an error detail: wanted an object whose "@type" is one of ${known}`,
  );
}

/** Descriptors of the standard details and of `google.rpc.Status`, for reflection. */
export const detailFiles: readonly ProtoFile[] = [...new Set([...file.files, ...statusFile.files])];

const standard: readonly MessageType[] = [
  BadRequest,
  DebugInfo,
  ErrorInfo,
  Help,
  LocalizedMessage,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
] as readonly unknown[] as readonly MessageType[];

function packer<T>(type: MessageType<T>): (message: Init<T>) => Detail {
  return (message) => packDetail(type, message);
}

function nameOf({ typeUrl }: Pick<Detail, 'typeUrl'>): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
}

function tryDecode<T>(type: MessageType<T>, bytes: Uint8Array): T | undefined {
  try {
    return type.decode(bytes);
  } catch {
    return undefined;
  }
}
