import { key } from '../core/key.ts';

/** The edge of a graph that a client's call goes along. As many values as the graph has edges, so fit for labels. */
export interface GraphEdge {
  /** Service and out-port: `default.check/out[0]`. */
  readonly from: string;
  /** Service and in-port, or method: `default.adult/in`, `users.v1.Users/Get`. */
  readonly to: string;
}

/** Set for calls along edges; undefined for all others. */
export const graphEdgeKey = key<GraphEdge>('graph edge');
