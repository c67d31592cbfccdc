export type { CallOptions } from './client/call-options.ts';
export type { Client, ClientMethod, ClientOptions } from './client/client.ts';
export { type Channel, type ConnectOptions, connect } from './client/connect.ts';
export type { StreamCall } from './client/stream-call.ts';
export type { UnaryCall } from './client/unary-call.ts';
export {
  type Accepted,
  type Acceptor,
  defaultLimits,
  type Incoming,
  type Limits,
  type Route,
} from './core/acceptor.ts';
export { type Compression, callerKey, compressionKey, thrownKey, waitForReadyKey } from './core/call-keys.ts';
export { type CancelKind, CancelReason } from './core/cancel-reason.ts';
export { Code, type CodeName, codeByName, codeName, codeOf, type ErrorCode } from './core/code.ts';
export type {
  Call,
  Context,
  HandlerContext,
  Interceptor,
  Invoke,
  Peer,
  PeerIdentity,
  ResponseTarget,
  Transport,
} from './core/context.ts';
export { current, detached } from './core/current.ts';
export { remaining } from './core/deadline.ts';
export type { Exact, Init } from './core/init.ts';
export { compose, except, only } from './core/interceptor.ts';
export { type Key, type KeyOptions, type KeyValue, key, keyValue } from './core/key.ts';
export { answerKey, type LateAnswer } from './core/late-answer.ts';
export { Metadata, type MetadataInit, type MetadataValue, type ReadonlyMetadata } from './core/metadata.ts';
export {
  type Codec,
  type Idempotency,
  type Method,
  type MethodKind,
  type MethodNode,
  type Methods,
  type ProtoFile,
  type Service,
  streamsRequests,
  streamsResponses,
} from './core/method.ts';
export { type Match, type MethodTraits, matching } from './core/method-match.ts';
export { checkOptions } from './core/options.ts';
export type { DisconnectOptions, DisconnectReason, Session, SessionEvent, Sessions } from './core/session.ts';
export {
  type Detail,
  type Details,
  type Origin,
  ok,
  type Status,
  type StatusOptions,
  statusFrom,
  withStatus,
} from './core/status.ts';
export { StatusError, type StatusErrorOptions, statusOf } from './core/status-error.ts';
export { maxLosses, type Suspect, type SuspectEnd, Suspects } from './core/suspects.ts';
export type { Traffic } from './core/traffic.ts';
export { type GraphEdge, graphEdgeKey } from './nodes/graph-edge.ts';
export { type ProcessIdentity, processKey } from './nodes/process-id.ts';
export { type JsonLoggerOptions, jsonLogger, type Level, type Logger, silentLogger } from './observability/logger.ts';
export { metadataGetter, metadataSetter } from './observability/metadata-carrier.ts';
export { originOf, otelContextKey, type TraceOrigin } from './observability/otel-context.ts';
export { formatTrace, parseTrace, type TraceContext, traceOf } from './observability/trace-context.ts';
export { closeOnSignal } from './server/close-on-signal.ts';
export type { CutCall } from './server/drain.ts';
export type { Handler, Handlers } from './server/handlers.ts';
export {
  type CloseOptions,
  type CloseReport,
  createServer,
  type Listening,
  type ListenOptions,
  type Server,
  type ServerOptions,
  type ServerStats,
} from './server/server.ts';
export type { AddOptions, ServerEvent, ServerHost, ServiceModule } from './server/service-module.ts';
export {
  type HubStream,
  type StreamHub,
  type StreamHubOptions,
  type StreamHubStats,
  streamHub,
} from './server/stream-hub.ts';
export type {
  ChannelState,
  ClientTls,
  ConnectionEvent,
  GrpcChannelOptions,
  GrpcServerOptions,
  MethodConfig,
  MethodName,
  RetryPolicy,
  ServerTls,
  ServiceConfig,
  TlsVersion,
} from './transport/grpc/index.ts';
export { isGrpcInstrumented } from './transport/grpc/instrumentation.ts';
export { type InProcessOptions, inProcess } from './transport/in-process.ts';
export {
  BadRequest,
  badRequest,
  type CodecOptions,
  DebugInfo,
  type DecodedDetail,
  type DefinedFile,
  debugInfo,
  decodeDetails,
  defineFile,
  ErrorInfo,
  errorInfo,
  findDetail,
  fromGrpc,
  Help,
  help,
  type LoadOptions,
  LocalizedMessage,
  loadServices,
  localizedMessage,
  type MessageType,
  type MethodsOf,
  messageOf,
  PreconditionFailure,
  packDetail,
  preconditionFailure,
  QuotaFailure,
  quotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
  requestInfo,
  resourceInfo,
  retryInfo,
  serviceOf,
} from './wire/index.ts';
