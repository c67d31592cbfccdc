export type { CodecOptions } from './codec-options.ts';
export { type DefinedFile, defineFile, messageOf, serviceOf } from './define-file.ts';
export { decodeFileSet, encodeFileSet, protoFile } from './descriptor-file.ts';
export { type DescriptorIndex, descriptorIndex, type Extension } from './descriptor-index.ts';
export {
  BadRequest,
  badRequest,
  DebugInfo,
  type DecodedDetail,
  debugInfo,
  decodeDetails,
  decodeStatusDetails,
  detailFiles,
  ErrorInfo,
  encodeStatusDetails,
  errorInfo,
  findDetail,
  Help,
  help,
  LocalizedMessage,
  localizedMessage,
  type PackedStatus,
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
} from './error-details.ts';
export { fromGrpc, type MethodsOf } from './from-grpc.ts';
export { type GenerateOptions, generate } from './generate/generate.ts';
export type { Json } from './json/json.ts';
export { type FromJsonOptions, jsonToMessage } from './json/json-to-message.ts';
export { messageToJson, type ToJsonOptions } from './json/message-to-json.ts';
export { type LoadFilesOptions, loadFiles } from './load-files.ts';
export { type LoadOptions, loadServices } from './load-services.ts';
export { messageCodec } from './message-codec.ts';
export { type Difference, type DifferenceOptions, formatDifference, messageDifferences } from './message-difference.ts';
export type { MessageType } from './message-type.ts';
export { protoText } from './proto-text.ts';
export type { EnumSchema, FieldSchema, MessageSchema, MethodSchema, OneofSchema, ServiceSchema } from './schema.ts';
export { servicesFromFiles } from './services-from-files.ts';
