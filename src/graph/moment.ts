const moments = ['init', 'active', 'deactive', 'deinit'] as const;

/** A moment in the life of a node, which it tells by an edge from an out-port of that name. */
export type Moment = (typeof moments)[number];

/** Whether an out-port is a moment of the node's life, and no port that its kind, or its block, has. */
export function isMoment(
  port: string,
  { inputs = [], outputs = [] }: { inputs?: readonly string[]; outputs?: readonly string[] },
): port is Moment {
  return moments.includes(port as Moment) && !inputs.includes(port) && !outputs.includes(port);
}
