import { type Call, Code, codeName, parseTrace, type Status } from 'flowrpc';
import { goCode, goKinds } from '../calls/go-names.ts';
import { realIpKey } from '../real-ip.ts';
import { requestIdOf } from '../request-id.ts';

/** How a line names what it tells: in our words, or in those of go-grpc-middleware, for dashboards made for them. */
export type LogDialect = 'flowrpc' | 'go-grpc-middleware';

/** What is known of a call when a line is written; all but the call and its bounds only once it has ended. */
export interface CallFacts {
  readonly call: Call;
  /** Milliseconds that were left when the call began; `Infinity` when nobody bounds it. */
  readonly leftMs: number;
  readonly status?: Status;
  readonly ms?: number;
  readonly attempts?: number;
}

/** A message of a call, which is told as it passes. */
export interface MessageFacts {
  readonly call: Call;
  readonly what: 'request' | 'response';
  /** 1 for the first. */
  readonly number: number;
  readonly payload: string;
}

interface Dialect {
  readonly started: (call: Call) => string;
  readonly ended: (call: Call) => string;
  fields(facts: CallFacts): object;
  messageFields(facts: MessageFacts): object;
}

/** A stranger chooses path and status message; a line of the log stays a line. */
const maxPathLength = 128;
const maxErrorLength = 1_024;

const plain: Dialect = {
  started: ({ side }) => `${side} call started`,
  ended: ({ side }) => `${side} call ended`,
  fields({ call, leftMs, status, ms, attempts }) {
    const { traffic } = call;
    return {
      method: pathOf(call),
      kind: call.method.kind,
      side: call.side,
      code: status && codeName(status.code),
      ms: ms && rounded(ms),
      peer: call.peer.address,
      clientIp: call.get(realIpKey),
      deadlineMs: Number.isFinite(leftMs) ? Math.round(leftMs) : undefined,
      requestId: requestIdOf(call),
      traceId: parseTrace(call.metadata)?.traceId,
      attempts,
      sentMessages: status && traffic.sentMessages,
      sentBytes: status && traffic.sentBytes,
      receivedMessages: status && traffic.receivedMessages,
      receivedBytes: status && traffic.receivedBytes,
      error: errorOf(status),
    };
  },
  messageFields({ call, what, number, payload }) {
    return {
      method: pathOf(call),
      side: call.side,
      requestId: requestIdOf(call),
      [what === 'request' ? 'requestNumber' : 'responseNumber']: number,
      payload,
    };
  },
};

const go: Dialect = {
  started: () => 'started call',
  ended: () => 'finished call',
  fields({ call, status, ms, attempts }) {
    const { traffic } = call;
    return {
      ...goMethod(call),
      'peer.address': call.peer.address,
      'grpc.start_time': timestamp(Date.now() - (ms ?? 0)),
      'grpc.request.deadline': timestamp(call.deadline),
      'grpc.code': status && goCode(status.code),
      'grpc.time_ms': ms && rounded(ms),
      'grpc.error': errorOf(status),
      'grpc.attempts': attempts,
      'grpc.sent.messages': status && traffic.sentMessages,
      'grpc.sent.bytes': status && traffic.sentBytes,
      'grpc.received.messages': status && traffic.receivedMessages,
      'grpc.received.bytes': status && traffic.receivedBytes,
      client_ip: call.get(realIpKey),
      request_id: requestIdOf(call),
      trace_id: parseTrace(call.metadata)?.traceId,
    };
  },
  messageFields({ call, what, number, payload }) {
    return {
      ...goMethod(call),
      request_id: requestIdOf(call),
      'grpc.message_number': number,
      [`grpc.${what}.content`]: payload,
    };
  },
};

/** The dialects by name. */
export const dialects: Readonly<Record<LogDialect, Dialect>> = { flowrpc: plain, 'go-grpc-middleware': go };

function goMethod(call: Call): object {
  const { service, name, kind } = call.method;
  return {
    protocol: 'grpc',
    'grpc.component': call.side,
    'grpc.service': service.slice(0, maxPathLength),
    'grpc.method': name.slice(0, maxPathLength),
    'grpc.method_type': goKinds[kind],
  };
}

function pathOf({ method }: Call): string {
  return method.path.slice(0, maxPathLength);
}

/** RFC 3339; undefined for never, and for what no calendar reaches. */
function timestamp(ms: number): string | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function errorOf(status: Status | undefined): string | undefined {
  if (status === undefined || status.code === Code.OK || status.message === '') return undefined;
  return status.message.slice(0, maxErrorLength);
}
