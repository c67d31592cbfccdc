export type { Breakpoint, BreakpointInit } from './breakpoint.ts';
export { type Controlled, type ControlOptions, control } from './control.ts';
export type { Admission } from './control-admission.ts';
export { ControlService, type Raw } from './control-service.ts';
export { createControlToken } from './control-token.ts';
export { createDebugger, type DebugEvent, type Debugger, type DebuggerOptions, heldProcesses } from './debugger.ts';
export type { Fed } from './feed.ts';
export type { Frame } from './frame.ts';
export type { Hold, ReleaseReason } from './hold.ts';
export type { Observable } from './observable.ts';
export { type NodeCount, type PacketCount, PacketCounts } from './packet-counts.ts';
export { PacketTape } from './packet-tape.ts';
export type { ProcessEvent } from './process-event.ts';
export {
  type Recorder,
  type RecorderOptions,
  recorder,
  type WatchFramesOptions,
  type WatchProcessesOptions,
} from './recorder.ts';
export { createRuntime, type Runtime, type RuntimeOptions } from './runtime.ts';
export { select, type Where } from './select.ts';
export { testKinds } from './test-kinds.ts';
export { runTests, type TestResult, type TestRunOptions } from './test-run.ts';
