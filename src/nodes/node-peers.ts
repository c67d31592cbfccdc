import { Dedupe } from './dedupe.ts';
import { Participants } from './participant.ts';
import type { NamespaceKey } from './process-proof.ts';
import { ProcessTrust, type TrustOptions } from './process-trust.ts';

export interface NodePeersOptions {
  readonly trust?: TrustOptions | undefined;
  readonly namespaceKey?: NamespaceKey | undefined;
}

/** What the nodes of one graph share about other runtimes: whom they believe, whose processes they take part in, what was answered already. */
export class NodePeers {
  readonly trust: ProcessTrust;
  readonly participants = new Participants();
  readonly dedupe = new Dedupe();

  constructor({ trust, namespaceKey }: NodePeersOptions = {}) {
    this.trust = new ProcessTrust({
      ...(trust !== undefined && { trust }),
      ...(namespaceKey !== undefined && { namespaceKey }),
    });
  }
}

/** Those of a host, made when first asked for. */
export function peersOf(host: { peers?: NodePeers | undefined }): NodePeers {
  return (host.peers ??= new NodePeers());
}
