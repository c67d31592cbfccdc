import { type CodeName, codeByName } from '../core/code.ts';
import type { Metadata, ReadonlyMetadata } from '../core/metadata.ts';
import type { Run } from './run.ts';

export { replyKey } from '../wire/reply-key.ts';

/** One execution of a node, or of a foreign method that an edge called. */
export interface Hop {
  /** Service name: `default.greet`. */
  readonly node: string;
  /** In-port, or the method of a foreign service. */
  readonly port: string;
  /** `in-process`, or the address it was called at. */
  readonly address: string;
  /** Time that was left when it began, milliseconds; null without a deadline. */
  readonly remainingMs: number | null;
  readonly code: CodeName;
  readonly durationMs: number;
}

/** A caller sends this with `1` to get the hops of its call in the trailer. */
export const traceHopsKey = 'flowrpc-trace-hops';
/** Hops so far over edges between processes. */
export const hopCountKey = 'flowrpc-hops';
/** Sent with `1` by edges: the reply may be hinted, and absent. */
export const edgeKey = 'flowrpc-edge';
/** Sent by edges that are many hops away from where the run began: the services that such edges left last, oldest first. */
export const hopPathKey = 'flowrpc-hop-path';
/** Sent by edges that may repeat a packet: its id, the same for each attempt. */
export const packetKey = 'flowrpc-packet';
/** The same, to methods of services that are no nodes. */
export const idempotencyKey = 'idempotency-key';
/** What a node tells edges of itself: `1` or `0`, in the trailer of a unary call, or the header of a stream, that is of the wrong kind. */
export const perProcessKey = 'flowrpc-per-process';
const trailKey = 'flowrpc-hop-bin';

const longestPath = 8;
/** From so many hops on the path is sent: few runs get there. */
const firstPathHop = 4;

/** Services on the way here, as the caller says: what does not look like one is left out. */
export function readHopPath(metadata: ReadonlyMetadata): readonly string[] {
  const text = metadata.get(hopPathKey);
  if (text === undefined) return [];
  return text.split(' ', longestPath).filter((name) => /^\w[\w.]{0,127}$/.test(name));
}

/** Says in the metadata of a call how far away the run began, and by which nodes it came. */
export function writeHops(metadata: Metadata, { hops, path }: Pick<Run, 'hops' | 'path'>, from: string): void {
  metadata.set(hopCountKey, String(hops + 1));
  if (hops + 1 < firstPathHop) return;
  metadata.set(hopPathKey, [...path, from].slice(-longestPath).join(' '));
}

/** The edges between processes behind a call, as its caller says: the most of several, since the count only restricts. */
export function readHopCount(metadata: ReadonlyMetadata): number {
  let hops = 0;
  for (const text of metadata.getAll(hopCountKey)) if (/^\d+$/.test(text)) hops = Math.max(hops, Number(text));
  return hops;
}

const maxHops = 1_000;
const maxBytes = 4_096;

/** Collects the hops of a run, in the order in which they ended. */
export class HopTrail {
  readonly hops: Hop[] = [];
  readonly #onHop: ((hop: Hop) => void) | undefined;

  constructor(onHop?: (hop: Hop) => void) {
    this.#onHop = onHop;
  }

  add(hop: Hop): void {
    if (this.hops.length < maxHops) this.hops.push(hop);
    this.#onHop?.(hop);
  }

  /** Puts the hops into a trailer; the last ones are left out when they do not fit into 4 KiB. */
  write(trailer: Metadata): void {
    let hops = this.hops;
    let bytes = encode(hops);
    while (bytes.byteLength > maxBytes) {
      hops = hops.slice(0, Math.floor(hops.length * 0.8));
      bytes = encode(hops);
    }
    trailer.set(trailKey, bytes);
  }
}

/** The hops in a trailer, in the order in which they ended; empty when nobody asked for them or they cannot be read. */
export function readHops(trailer: ReadonlyMetadata): Hop[] {
  const bytes = trailer.get(trailKey);
  if (bytes === undefined || bytes.byteLength > 4 * maxBytes) return [];
  try {
    const rows: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(rows) ? rows.flatMap(hopOf) : [];
  } catch {
    return [];
  }
}

function encode(hops: readonly Hop[]): Uint8Array {
  const rows = hops.map(({ node, port, address, remainingMs, code, durationMs }) => [
    node,
    port,
    address,
    remainingMs === null ? null : Math.round(remainingMs),
    code,
    Math.round(durationMs * 1_000) / 1_000,
  ]);
  return new TextEncoder().encode(JSON.stringify(rows));
}

/** A row of a peer, checked: it may be anything. */
function hopOf(row: unknown): Hop[] {
  if (!Array.isArray(row)) return [];
  const [node, port, address, remainingMs, code, durationMs] = row as unknown[];
  if (typeof node !== 'string' || typeof port !== 'string' || typeof address !== 'string') return [];
  if (typeof durationMs !== 'number' || typeof code !== 'string' || codeByName(code) === undefined) return [];
  if (remainingMs !== null && typeof remainingMs !== 'number') return [];
  return [{ node, port, address, remainingMs, code: code as CodeName, durationMs }];
}
