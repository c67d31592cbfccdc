import type { Raw } from '../runtime/control-service.ts';
import type { NodeState, ProcessState } from '../wire/gen/flowrpc/v1/control.ts';
import type { NodeFrame } from '../wire/gen/flowrpc/v1/debug.ts';
import { decodeValue } from '../wire/value.ts';
import type { ControlChannel } from './control-channel.ts';
import { allPages } from './control-documents.ts';
import type { DebugSession, Hit } from './debug-session.ts';

/** What commands of the prompt work with. */
export class DebugContext {
  readonly session: DebugSession;
  readonly #client: ControlChannel['client'];
  readonly #call: { readonly timeoutMs: number | undefined };

  constructor(session: DebugSession, { client }: ControlChannel, timeoutMs: number | undefined) {
    this.session = session;
    this.#client = client;
    this.#call = { timeoutMs };
  }

  /** The packet that is looked at: the one held longest. */
  get current(): Hit | undefined {
    return this.session.hits.values().next().value;
  }

  nodes(): Promise<NodeState[]> {
    return allPages(async (pageToken) => {
      const page = await this.#client.listNodes({ pageSize: 1_000, pageToken }, this.#call);
      return { items: page.nodes, next: page.nextPageToken };
    });
  }

  /** By service, name or id; undefined when there is none, or several have the name. */
  async node(name: string): Promise<NodeState | undefined> {
    const all = await this.nodes();
    const exact = all.find(({ service, id }) => service === name || id === name);
    const named = all.filter((node) => node.name === name);
    return exact ?? (named.length === 1 ? named[0] : undefined);
  }

  /** The spec of a node as it was written. */
  async spec(id: string): Promise<unknown> {
    const { spec } = await this.#client.getSpec({ id }, this.#call);
    return spec?.document === undefined ? undefined : decodeValue(spec.document);
  }

  processes(): Promise<Raw<ProcessState>[]> {
    return allPages(async (pageToken) => {
      const page = await this.#client.listProcesses({ pageSize: 1_000, pageToken }, this.#call);
      return { items: page.processes, next: page.nextPageToken };
    });
  }

  async process(id: string): Promise<Raw<ProcessState>> {
    const { process } = await this.#client.getProcess({ id }, this.#call);
    return process!;
  }

  frames(process: string): Promise<Raw<NodeFrame>[]> {
    return allPages(async (pageToken) => {
      const page = await this.#client.listFrames({ filter: { process }, pageSize: 1_000, pageToken }, this.#call);
      return { items: page.frames, next: page.nextPageToken };
    });
  }
}
