export type { Value } from '../wire/value.ts';
export { lookup } from '../wire/value-lookup.ts';
export { compareValues, equalValues } from '../wire/value-order.ts';
export { type Condition, parseCondition } from './condition.ts';
export { type Duration, parseDuration } from './duration.ts';
export type { ExitHook } from './exit-hooks.ts';
export { edgeKey, type Hop, hopCountKey, readHops, replyKey, traceHopsKey } from './hop.ts';
export { defineKind, type KindDefinition, type NodeKind } from './kind.ts';
export type { KindInfo, KindLookup, PortShape, PortType } from './kind-info.ts';
export { createKinds, type Kinds, kinds } from './kinds.ts';
export { type ManyToOne, manyToOne } from './many-to-one.ts';
export { mergeReplies } from './merge-replies.ts';
export { formatPort, isName, matchPort, methodName, parsePort, serviceName, streamMethodName } from './names.ts';
export type {
  EmitOptions,
  Env,
  Fork,
  NodeContext,
  NodeInfo,
  NodeInstance,
  NodeProcess,
  Sent,
  SetupContext,
  SourceContext,
} from './node-context.ts';
export type { ExposeErrors } from './node-entry.ts';
export { type OneToMany, oneToMany } from './one-to-many.ts';
export { type OneToOne, oneToOne } from './one-to-one.ts';
export { Packet } from './packet.ts';
export type { PortHook, ProcessPort } from './port-hooks.ts';
export type { ProcessInfo } from './process-info.ts';
export type { Processes } from './processes.ts';
export { relay } from './relay.ts';
export { nodeOfError, none, type Reply } from './reply.ts';
export { defaultRunLimits, type RunLimits } from './run.ts';
export { type NodeServiceOptions, nodeService } from './single-node.ts';
export { type Source, source } from './source.ts';
export type { BlockedEdge } from './watchdog.ts';
