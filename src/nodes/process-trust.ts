import { type CallNode, nodeOf } from '../core/call.ts';
import type { Peer, PeerIdentity } from '../core/context.ts';
import type { Metadata, ReadonlyMetadata } from '../core/metadata.ts';
import { checkOptions, checkTexts } from '../core/options.ts';
import { carriedProcessKey, depthKey, type ProcessIdentity, processKey } from './process-id.ts';
import { type NamespaceKey, ProcessProofs } from './process-proof.ts';

/** Id of the process that a call belongs to. Honoured only from peers that are trusted. */
export const processIdKey = 'flowrpc-process';
/** Id of the process it was forked from. */
export const processParentKey = 'flowrpc-process-parent';
/** How many streams of the process lead from where it began to whoever calls. Left out: none. */
export const processDepthKey = 'flowrpc-process-depth';
/** What a peer without a trusted certificate proves the ids with. */
export const processProofKey = 'flowrpc-process-proof';
/** What a debugger asks of the runtimes that a process comes to. */
export const debugKey = 'flowrpc-debug';

const claimKeys = [processIdKey, processParentKey, processDepthKey, processProofKey, debugKey] as const;

export interface TrustOptions {
  /**
   * Who may say which process a call belongs to, by TLS certificate: its URI (`spiffe://…`), a DNS name, or its common name as
   * `CN=…`, whole and exact.
   */
  identities?: readonly string[];
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Decides whose word about processes counts: that of certificates on the list, and of holders of the namespace's key. */
export class ProcessTrust {
  readonly #identities: ReadonlySet<string>;
  readonly #proofs: ProcessProofs | undefined;

  constructor({ trust = {}, namespaceKey }: { trust?: TrustOptions; namespaceKey?: NamespaceKey } = {}) {
    checkOptions('trust', trust, ['identities']);
    checkTexts('trust.identities', trust.identities);
    this.#identities = new Set(trust.identities);
    this.#proofs = namespaceKey === undefined ? undefined : new ProcessProofs(namespaceKey);
  }

  /** Whether peers that know nothing but the namespace's key can be told. */
  get signs(): boolean {
    return this.#proofs !== undefined;
  }

  /** Says in the metadata of a call to a node which process it belongs to, that of the call given; proved where there is a key. */
  introduce(metadata: Metadata, call: CallNode, service: string): void {
    const identity = call.get(processKey)!;
    const { id, parent } = identity;
    const depth = call.get(depthKey) ?? 0;
    metadata.set(processIdKey, id);
    if (parent !== undefined) metadata.set(processParentKey, parent);
    if (depth > 0) metadata.set(processDepthKey, String(depth));
    if (this.#proofs !== undefined) metadata.set(processProofKey, this.#proofs.sign(identity, service));
  }

  /**
   * The call as nodes may see it: of the process that a trusted peer says, or of one that begins here, without what a stranger says about
   * processes and debuggers. The same call when nothing is said.
   */
  admit(call: CallNode): CallNode {
    const { metadata } = call;
    if (!metadata.has(processIdKey) && !metadata.has(debugKey)) return call;
    const identity = this.#honoured(call, metadata);
    const stripped = call.withMetadata((copy) => {
      for (const key of claimKeys) if (key !== debugKey || identity === undefined) copy.delete(key);
    });
    if (identity === undefined) return nodeOf(stripped);
    const depth = depthIn(metadata) + 1;
    return nodeOf(stripped.with(carriedProcessKey, identity).with(processKey, identity).with(depthKey, depth));
  }

  #honoured({ peer, method }: CallNode, metadata: ReadonlyMetadata): ProcessIdentity | undefined {
    const claim = claimIn(metadata);
    if (claim === undefined) return undefined;
    if (this.#isListed(peer)) return claim;
    const proof = metadata.get(processProofKey);
    if (proof === undefined || !this.#proofs?.verify(claim, method.service, proof)) return undefined;
    return claim;
  }

  #isListed({ identity }: Peer): boolean {
    if (identity === undefined || this.#identities.size === 0) return false;
    return namesOf(identity).some((name) => this.#identities.has(name));
  }
}

/** The ids in metadata; undefined when there are none, several, or others than ids. */
function claimIn(metadata: ReadonlyMetadata): ProcessIdentity | undefined {
  const [id, ...others] = metadata.getAll(processIdKey);
  const [parent, ...moreParents] = metadata.getAll(processParentKey);
  if (id === undefined || others.length > 0 || moreParents.length > 0) return undefined;
  if (!uuid.test(id) || (parent !== undefined && !uuid.test(parent))) return undefined;
  return { id, parent };
}

function depthIn(metadata: ReadonlyMetadata): number {
  const text = metadata.get(processDepthKey);
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : 0;
}

// A certificate's own text must not pass for another sort of name, so common names keep their prefix and URIs must be one.
function namesOf({ names, subject }: PeerIdentity): string[] {
  const ofType = (type: string): string[] =>
    names.filter((name) => name.startsWith(type)).map((name) => name.slice(type.length));
  const uris = ofType('URI:').filter((uri) => /^[a-z][a-z0-9+.-]*:/i.test(uri));
  const dns = ofType('DNS:').filter((name) => /^[a-z0-9*_.-]+$/i.test(name));
  return [...(uris.length === 1 ? uris : []), ...dns, `CN=${subject}`];
}
