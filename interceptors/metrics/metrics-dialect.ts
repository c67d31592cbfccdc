import type { Call, GraphEdge, MethodKind, MethodNode, Status, Traffic } from 'flowrpc';
import type { AttemptEvent } from '../retry/attempts.ts';

/** What calls of one method have in common, as far as metrics tell them apart. */
export interface CallLabels {
  readonly side: 'client' | 'server';
  /** False for paths that nobody registered: strangers make them up, so their names must not become labels. */
  readonly known: boolean;
  readonly kind: MethodKind;
  /** `helloworld.Greeter`, or `other`. */
  readonly service: string;
  /** `SayHello`, or `other`. */
  readonly method: string;
  /** Clients: what the channel was made for. */
  readonly target?: string;
  /** The node that a method of a graph belongs to. */
  readonly node?: MethodNode;
  /** Clients: the edge of a graph that the call is. */
  readonly edge?: GraphEdge;
}

/** Names and units under which calls are recorded. None of its functions may throw or wait. */
export interface MetricsDialect {
  /** Two dialects of one name are taken for the same. */
  readonly name: string;
  /** Called once for each method, side, target and edge, at its first call; undefined for calls that are not of interest. */
  bind(labels: CallLabels): CallSeries | undefined;
}

/** Where the calls of one method are counted. */
export interface CallSeries {
  /** Makes what would otherwise come up with the first call, for methods that stand in the metrics from the start. */
  prepare?(): void;
  started?(): void;
  /** The call is over: how, how long it took, and all that went over it. */
  ended?(status: Status, seconds: number, traffic: Traffic): void;
  /** What went over a call since the last time: once at its end, and for streams before each export too. */
  moved?(traffic: Traffic): void;
  /** Clients: made for each call by those that tell attempts apart; `ended` of the series is still called. */
  attempts?(call: Call): AttemptSeries;
}

/** Hears of the attempts of one call. */
export interface AttemptSeries {
  heard(event: AttemptEvent): void;
  /** The call is over, its last attempts perhaps not. */
  ended(status: Status, seconds: number): void;
}
