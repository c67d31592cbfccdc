import { type Context as OtelContext, context as otelContexts, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { callOf } from '../core/call.ts';
import type { Call, Context } from '../core/context.ts';
import { current } from '../core/current.ts';
import { key } from '../core/key.ts';

/** The OpenTelemetry context with the span of a call, for those further in: set by `tracing()`, once for each call and side. */
export const otelContextKey = key<OtelContext>('opentelemetry context');

/** Where a client's call comes from, as far as its trace is concerned. */
export interface TraceOrigin {
  /** What is active there; has no span when nobody made one. */
  readonly context: OtelContext;
  /** The server call that it is part of. */
  readonly parent: Context | undefined;
}

/** What a client's call is part of: the parent that it was given, or the server call around. */
export function originOf(call: Call): TraceOrigin {
  const parent = isAround(call.parent) ? current() : call.parent;
  return { context: parent === undefined ? otelContexts.active() : otelContextOf(parent), parent };
}

/** What is active in the code of a parent: here, when this is its code. */
export function otelContextOf(parent: Context): OtelContext {
  const own = callOf(parent)?.get(otelContextKey);
  if (!isAround(parent)) return own ?? ROOT_CONTEXT;
  const active = otelContexts.active();
  return own === undefined || trace.getSpan(active) !== undefined ? active : own;
}

function isAround(parent: Context | undefined): boolean {
  const around = current();
  if (parent === around || parent === undefined || around === undefined) return parent === around;
  const call = callOf(parent);
  return call !== undefined && call.exchange === callOf(around)?.exchange;
}
