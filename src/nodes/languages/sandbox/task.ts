/** A value as text and the bytes that belong to it: what goes in and out of a sandbox. */
export interface Parcel {
  readonly text: string;
  readonly blobs: readonly Uint8Array[];
}

/** What a worker is asked to do. */
export type Task =
  | { readonly kind: 'check'; readonly code: string; readonly typescript: boolean; readonly timeoutMs: number }
  | { readonly kind: 'run'; readonly code: string; readonly args: Parcel; readonly timeoutMs: number };

/** Where a code is wrong; line and column count from 1. */
export interface Fault {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** What a script threw. */
export interface Thrown {
  readonly message: string;
  readonly name?: string;
  readonly code?: string | number;
}

/** How a task ended. */
export type Outcome =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'value'; readonly value: Parcel }
  | { readonly kind: 'thrown'; readonly thrown: Thrown }
  | { readonly kind: 'stopped'; readonly why: 'time' | 'memory' | 'stack' | 'cancel' };

export interface Asked {
  readonly id: number;
  readonly task: Task;
}

export interface Answered {
  readonly id: number;
  readonly outcome: Outcome;
  /** What the script said to its console. */
  readonly lines: readonly string[];
  /** The worker can do nothing more. */
  readonly broken?: boolean;
}

/** What a worker is started with. */
export interface WorkerInit {
  readonly memoryBytes: number;
  /** Its first item is the id of a task that is to stop. */
  readonly stop: Int32Array;
}
