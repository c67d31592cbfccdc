export type { Value } from '../wire/value.ts';
export { lookup } from '../wire/value-lookup.ts';
export { compareValues, equalValues } from '../wire/value-order.ts';
export { ByteStream, type ByteStreamOptions } from './byte-stream.ts';
export { type Duration, parseDuration } from './duration.ts';
export type { ExitHook } from './exit-hooks.ts';
export { edgeKey, type Hop, hopCountKey, readHops, replyKey, traceHopsKey } from './hop.ts';
export { defineKind, type KindDefinition, type NodeKind } from './kind.ts';
export type { KindInfo, KindLookup, PortShape, PortType } from './kind-info.ts';
export { createKinds, type Kinds, kinds } from './kinds.ts';
export {
  CompileError,
  type CompileOptions,
  defineLanguage,
  type Language,
  type Program,
  type RunContext,
} from './languages/language.ts';
export { createLanguages, type Languages, type LanguagesOptions } from './languages/languages.ts';
export { compileProgram, type ProgramField, programField, type Run } from './languages/program-field.ts';
export { type ScriptsOptions, scripts } from './languages/scripts.ts';
export { type ManyToOne, manyToOne } from './many-to-one.ts';
export { mergeReplies } from './merge-replies.ts';
export { formatPort, isName, matchPort, methodName, parsePort, serviceName, streamMethodName } from './names.ts';
export type {
  EmitOptions,
  Env,
  Fork,
  ForkOptions,
  NodeContext,
  NodeInfo,
  NodeInstance,
  NodeProcess,
  NodeServer,
  Sent,
  SetupContext,
  SourceContext,
} from './node-context.ts';
export type { ExposeErrors } from './node-entry.ts';
export type { NodeStores } from './node-stores.ts';
export { type OneToMany, oneToMany } from './one-to-many.ts';
export { type OneToOne, oneToOne } from './one-to-one.ts';
export type { Outbound, OutboundOptions, ResolvedAddress } from './outbound.ts';
export { Packet } from './packet.ts';
export type { PortHook, ProcessPort } from './port-hooks.ts';
export type { ProcessInfo } from './process-info.ts';
export type { Processes } from './processes.ts';
export { relay } from './relay.ts';
export { nodeOfError, none, type Reply } from './reply.ts';
export { defaultRunLimits, type RunLimits } from './run.ts';
export { type NodeServiceOptions, nodeService } from './single-node.ts';
export { type Source, source } from './source.ts';
export type { Syscall, Syscalls } from './syscall/functions.ts';
export type { BlockedEdge } from './watchdog.ts';
