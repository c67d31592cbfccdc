import { type CallNode, nodeOf } from '../core/call.ts';
import { Code } from '../core/code.ts';
import type { Call, HandlerContext, Peer } from '../core/context.ts';
import { current } from '../core/current.ts';
import { StatusError } from '../core/status-error.ts';
import { type Hop, HopTrail, readHopCount, readHopPath, traceHopsKey } from './hop.ts';
import type { InPort } from './in-port.ts';
import { asError } from './reply.ts';
import { Run } from './run.ts';

/** Whether strangers read the messages of errors that nobody meant for them. */
export type ExposeErrors = 'message' | 'masked';

export interface EntryOptions {
  /** Default: `message` for loopback peers and those with an identity, `masked` for all others. */
  exposeErrors?: ExposeErrors | undefined;
  onHop?: ((hop: Hop) => void) | undefined;
}

/** The server call that is being handled. */
export function serverCall(): CallNode {
  return nodeOf(current() as Call);
}

/** Whether a peer is this machine, or proved who it is. */
export function isKnownPeer({ address, identity }: Peer): boolean {
  return identity !== undefined || /^(?:in-process$|unix:|127\.|\[?::1\]?(?::\d+)?$|\[?::ffff:127\.)/.test(address);
}

/** The run that a call begins or goes on with. FAILED_PRECONDITION when that began too many hops away. */
export function runOf({ node }: InPort, { metadata, peer }: HandlerContext, { onHop }: EntryOptions): Run {
  const { limits } = node.host;
  const hops = readHopCount(metadata);
  const path = hops === 0 ? [] : readHopPath(metadata);
  if (hops > limits.hops) {
    const { service } = node.info;
    const trail = path.length === 0 ? '' : `: … → ${[...path, service].join(' → ')}`;
    throw new StatusError(
      Code.FAILED_PRECONDITION,
      `Node "${service}" is more than ${limits.hops} edges between processes away from where the run began${trail}`,
    );
  }
  const asked = metadata.get(traceHopsKey) === '1' && isKnownPeer(peer);
  return new Run(limits, { hops, path, trail: asked || onHop !== undefined ? new HopTrail(onHop) : undefined });
}

/** Puts the hops of a run into the trailer, for callers who asked. */
export function writeTrail({ trail }: Run, { metadata, peer, trailer }: HandlerContext): void {
  if (trail !== undefined && metadata.get(traceHopsKey) === '1' && isKnownPeer(peer)) trail.write(trailer);
}

/** An error as its caller may see it. A thrown value that is no status, and the text of a failed call, go to the log under an id. */
export function exposed(
  error: Error,
  { node }: InPort,
  peer: Peer,
  { exposeErrors = isKnownPeer(peer) ? 'message' : 'masked' }: EntryOptions,
): Error {
  const status = node.failed(error);
  const { cause, code, statusMessage, details } = status;
  const meant =
    cause === undefined ? status.path === undefined : cause instanceof StatusError && cause.path === undefined;
  // Thrown as it is, the server masks it.
  if (exposeErrors === 'masked' && !meant) return asError(cause ?? status);
  return new StatusError(code, statusMessage, { details, cause: error });
}
