import { codeName } from '../core/code.ts';
import type { Raw } from '../runtime/control-service.ts';
import type { NodeState, ProcessState } from '../wire/gen/flowrpc/v1/control.ts';
import type { Breakpoint, NodeFrame } from '../wire/gen/flowrpc/v1/debug.ts';
import { decodeValue } from '../wire/value.ts';
import type { Hit } from './debug-session.ts';
import { errorJson, outcomeJson, payloadText, stateOf, timeOf } from './live-values.ts';
import { oneLine, prettyJson } from './output.ts';
import { table } from './table.ts';

/** What a command, or an event, tells: for people and for machines. */
export interface Shown {
  readonly text: string;
  readonly json: unknown;
}

export function shownHit(hit: Hit): Shown {
  return { text: `held #${hit.id} ${hitText(hit)}`, json: { event: 'held', ...hitJson(hit) } };
}

export function shownHits(hits: readonly Hit[]): string {
  return hits.map((hit) => `  #${hit.id} ${hitText(hit)}`).join('\n');
}

export function shownFrame(frame: Raw<NodeFrame>): Shown {
  const json = frameJson(frame);
  const lines = Object.entries(json).map(([key, value]) => {
    const text = typeof value === 'object' && value !== null ? prettyJson(value) : oneLine(String(value));
    return `${key}: ${text}`;
  });
  return { text: lines.join('\n'), json };
}

export function shownFrames(frames: readonly Raw<NodeFrame>[]): Shown {
  const rows = frames.map((frame) => [frame.id, placeOf(frame), outcomeName(frame), payloadText(frame)].map(oneLine));
  return listed(['FRAME', 'WHERE', 'OUTCOME', 'PAYLOAD'], rows, frames.map(frameJson));
}

export function shownBreakpoints(breakpoints: readonly Breakpoint[]): Shown {
  const rows = breakpoints.map(({ id, node, inPort, outPort, process, hits }) =>
    [String(id), node || 'any', inPort || '-', outPort || '-', process || 'any', String(hits)].map(oneLine),
  );
  return listed(['ID', 'NODE', 'IN', 'OUT', 'PROCESS', 'HITS'], rows, breakpoints.map(breakpointJson));
}

export function breakpointJson({ hits, ...breakpoint }: Breakpoint): object {
  return { ...stated(breakpoint), hits: Number(hits) };
}

export function shownNodes(nodes: readonly NodeState[]): Shown {
  const rows = nodes.map((node) => {
    const { service, kind, reason } = node;
    const state = stateOf(node);
    return [service, kind, reason === '' ? state : `${state}: ${reason}`].map(oneLine);
  });
  return listed(['NODE', 'KIND', 'STATUS'], rows, nodes.map(nodeJson));
}

/** One node; `spec` as it was written. */
export function shownNode(node: NodeState, spec: unknown): Shown {
  const json = { ...nodeJson(node), ...(spec !== undefined && { spec }) };
  return { text: prettyJson(json), json };
}

export function shownProcesses(processes: readonly Raw<ProcessState>[]): Shown {
  const rows = processes.map(({ id, node, status, startTime, parent }) =>
    [id, node, status, timeOf(startTime), parent || '-'].map(oneLine),
  );
  return listed(['PROCESS', 'NODE', 'STATUS', 'STARTED', 'PARENT'], rows, processes.map(processJson));
}

export function shownProcess(process: Raw<ProcessState>): Shown {
  const json = processJson(process);
  return { text: prettyJson(json), json };
}

/** Text that is the same for people and machines. */
export function told(text: string, json: object = {}): Shown {
  return { text, json: { message: text, ...json } };
}

function hitText({ frame, breakpoint, reason }: Hit): string {
  const by = breakpoint === 0 ? `by ${oneLine(reason)}` : `by breakpoint ${breakpoint}`;
  if (frame === undefined) return by;
  return `${oneLine(placeOf(frame))} of ${oneLine(frame.process)} ${by}: ${payloadText(frame)}`;
}

export function hitJson({ id, breakpoint, reason, frame }: Hit): object {
  return { hit: id, reason, ...(breakpoint !== 0 && { breakpoint }), ...(frame && { frame: frameJson(frame) }) };
}

/** `default.a/in`, or `default.a/in → out` for a packet that leaves. */
function placeOf({ node, inPort, outPort }: Raw<NodeFrame>): string {
  return outPort === '' ? `${node}/${inPort}` : `${node}/${inPort} → ${outPort}`;
}

function outcomeName({ outcome }: Raw<NodeFrame>): string {
  if (outcome?.case === 'error') return codeName(outcome.value.code);
  return outcome?.case ?? 'open';
}

function frameJson({ payload, bytes, startTime, endTime, outcome, ...frame }: Raw<NodeFrame>): object {
  return {
    ...stated(frame),
    bytes: Number(bytes),
    start: timeOf(startTime),
    ...(endTime !== undefined && { end: timeOf(endTime) }),
    payload: decodeValue(payload ?? new Uint8Array()),
    ...outcomeJson(outcome),
  };
}

function nodeJson(node: NodeState): object {
  const { id, service, kind, reason, refused, inputs, processes } = node;
  return { id, service, kind, status: stateOf(node), ...stated({ reason, refused }), inputs, processes };
}

function processJson({ id, parent, node, status, startTime, error, data }: Raw<ProcessState>): object {
  return {
    id,
    ...stated({ parent }),
    node,
    status,
    start: timeOf(startTime),
    ...(error && { error: errorJson(error) }),
    data: decodeValue(data ?? new Uint8Array()),
  };
}

function listed(heading: string[], rows: string[][], json: object[]): Shown {
  return { text: rows.length === 0 ? 'none' : table([heading, ...rows]), json };
}

/** Without what is empty, which says nothing. */
function stated(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}
