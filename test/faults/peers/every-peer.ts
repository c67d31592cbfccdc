import type { Peer } from './peer.ts';

/** Ours first: it is the one that is judged. A process loads only the one that it is for. */
const peers: Readonly<Record<string, () => Promise<Peer>>> = {
  flowrpc: async () => (await import('./flowrpc.ts')).flowrpc,
  'grpc-js': async () => (await import('./grpc-js.ts')).grpcJs,
  'nice-grpc': async () => (await import('./nice-grpc.ts')).niceGrpc,
  'connect-node': async () => (await import('./connect-node.ts')).connectNode,
};

export const peerNames: readonly string[] = Object.keys(peers);

export async function peerOf(name: string): Promise<Peer> {
  checkPeer(name);
  return await peers[name]!();
}

/** An Error when there is none of this name. */
export function checkPeer(name: string): void {
  if (!Object.hasOwn(peers, name)) throw new Error(`Cannot use peer "${name}": wanted one of ${peerNames.join(', ')}`);
}
