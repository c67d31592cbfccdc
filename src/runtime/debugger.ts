import { checkOptions } from '../core/options.ts';
import type { Breakpoint, BreakpointInit } from './breakpoint.ts';
import type { Fed } from './feed.ts';
import { debuggersOf, GraphDebugger } from './graph-debugger.ts';
import type { Hold, ReleaseReason } from './hold.ts';
import type { Observable } from './observable.ts';

export interface DebuggerOptions {
  /** Closes the debugger. */
  signal?: AbortSignal;
  /** The debugger closes when neither `heartbeat` nor anything that changes something is called for so long. Default: it never does by itself. */
  heartbeatMs?: number;
  /** Told of what happens as it does; must not throw. */
  onEvent?(event: DebugEvent): void;
  /** Told when the debugger closes, by whomever. */
  onClose?(): void;
  /** Packets held at once; beyond it they pass, and are counted as missed. Default 1,000. */
  maxHeld?: number;
  /** Default 100. */
  maxBreakpoints?: number;
}

/** What happens to packets that a debugger looks for. */
export type DebugEvent =
  | { readonly type: 'held'; readonly hold: Hold }
  | { readonly type: 'released'; readonly hold: number; readonly reason: ReleaseReason }
  /** A process that was to be held at its next packet ended without one. */
  | {
      readonly type: 'ended';
      readonly process: string;
      readonly error?: { readonly code: string; readonly message: string };
    };

/** Holds packets of a graph at breakpoints. Whatever it holds goes on when it closes, when its run is cancelled, and when its process ends. */
export interface Debugger extends Disposable {
  readonly breakpoints: readonly Breakpoint[];
  /** Packets held just now, longest first. */
  readonly holds: readonly Hold[];
  /** Packets that passed although they were meant, since too many were held. */
  readonly missed: number;
  readonly closed: boolean;
  /** Sets a breakpoint. A RangeError when there are too many. */
  add(breakpoint: BreakpointInit): Breakpoint;
  /** Removes a breakpoint, or all of them, and lets go what it holds. Says how many were removed. */
  remove(breakpoint?: number): number;
  /** Lets go one packet, or all. Says how many. */
  continue(hold?: number): number;
  /** Lets go one packet, by default that held longest, and holds the next one of its process. False when there is none. */
  step(hold?: number): boolean;
  /** Holds the next packet of a process, or of any. */
  pause(process?: string): void;
  /** Says that whoever debugs is still there. */
  heartbeat(): void;
  /** What happens from now on; for a reader who is too slow the oldest of 10,000 events are lost, and counted. */
  events(): AsyncIterableIterator<Fed<DebugEvent>>;
  close(): void;
}

/** A debugger for a graph in this process. Several may look at one graph, each with breakpoints of its own; a packet goes on when none holds it. */
export function createDebugger(graph: Observable, options: DebuggerOptions = {}): Debugger {
  checkOptions('createDebugger', options, ['signal', 'heartbeatMs', 'onEvent', 'onClose', 'maxHeld', 'maxBreakpoints']);
  return new GraphDebugger(graph, options);
}

/** Ids of the processes that wait for a debugger of this graph. */
export function heldProcesses(graph: Observable): ReadonlySet<string> {
  const holds = [...debuggersOf(graph)].flatMap((one) => one.holds);
  return new Set(holds.map(({ frame }) => frame.process));
}
