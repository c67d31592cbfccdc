import fc from 'fast-check';
import type { StatusError } from 'flowrpc';
import { defineKind, type NodeContext, type NodeKind, none, type Packet, type Reply } from 'flowrpc/nodes';

/** What a node does with a packet. */
export const deeds = [
  'echo',
  'null',
  'none',
  'nothing',
  'throw',
  'throw null',
  'throw later',
  'return an error',
  'answer with what is no value',
  'settle as something that is no promise',
  'send',
  'send and forget',
  'send many and forget',
  'send many and throw',
  'send many, and more later',
  'send many',
  'send one after another',
  'send to error',
  'send what is no value',
  'hook',
  'hook that fails',
  'fork',
  'fork that fails',
  'never',
] as const;
export type Deed = (typeof deeds)[number];

export interface RandomNode {
  readonly deeds: readonly Deed[];
  /** Nodes that its ports lead to, by index. */
  readonly out: readonly number[];
  readonly other: readonly number[];
  readonly error: readonly number[];
}

const targets = fc.array(fc.nat({ max: 5 }), { maxLength: 2 });

/** Up to six nodes with edges to any of them: cycles, diamonds and nodes nobody leads to. */
export const randomNodes: fc.Arbitrary<RandomNode[]> = fc.array(
  fc.record({
    deeds: fc.array(fc.constantFrom(...deeds), { minLength: 1, maxLength: 4 }),
    out: targets,
    other: targets,
    error: fc.array(fc.nat({ max: 5 }), { maxLength: 1 }),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Specs of such nodes; `edge` is put on each edge. */
export function specsOf(nodes: readonly RandomNode[], edge: object = {}): object[] {
  const to = (indexes: readonly number[]): object[] =>
    indexes.map((index) => ({ name: `n${index % nodes.length}`, port: 'in', ...edge }));
  return nodes.map(({ out, other, error }, index) => ({
    kind: 'random',
    name: `n${index}`,
    ports: { out: to(out), other: to(other), error: to(error) },
  }));
}

/** Counts what happens to packets, and does what nodes are told. */
export class Ledger {
  sent = 0;
  answered = 0;
  hooks = 0;
  hooksRun = 0;
  forks = 0;
  forksEnded = 0;
  /** First payloads of the processes that have ended; forks go on. */
  readonly over = new Set<unknown>();
  /** Packets that began after the end of their process. */
  late = 0;
  /** Executions by packet. */
  readonly executed = new Map<string, number>();
  /** Whoever is asked never to answer. */
  readonly silent: Packet[] = [];
  readonly #nodes: readonly RandomNode[];

  constructor(nodes: readonly RandomNode[]) {
    this.#nodes = nodes;
  }

  get kind(): NodeKind {
    return defineKind({
      kind: 'random',
      outputs: ['out', 'other', 'error'],
      setup: (_fields, context) => {
        const { deeds: all } = this.#nodes[Number(context.node.name!.slice(1))]!;
        let turn = 0;
        return { process: (packet, inner) => this.#run(all[turn++ % all.length]!, packet, inner) };
      },
    });
  }

  #run(deed: Deed, packet: Packet, context: NodeContext): unknown {
    if (context.process.parent === undefined && this.over.has(packet.origin.payload)) this.late += 1;
    this.executed.set(packet.id, (this.executed.get(packet.id) ?? 0) + 1);
    switch (deed) {
      case 'echo':
        return packet;
      case 'null':
        return null;
      case 'none':
        return none;
      case 'nothing':
        return undefined;
      case 'throw':
        throw new Error('thrown');
      case 'throw null':
        throw null;
      case 'throw later':
        return turns(2).then(() => Promise.reject(new Error('rejected')));
      case 'return an error':
        return Promise.resolve(new Error('returned'));
      case 'answer with what is no value':
        return new Map();
      case 'settle as something that is no promise':
        return thenable();
      case 'send':
        return this.#send(context, 'out', packet);
      case 'send and forget':
        void this.#send(context, 'out', packet);
        return 'gone';
      case 'send many and forget':
        this.#forget(context, packet, 6);
        return 'gone';
      case 'send many and throw':
        this.#forget(context, packet, 6);
        throw new Error('thrown');
      case 'send many, and more later':
        this.#forget(context, packet, 4);
        void turns(2).then(() => this.#forget(context, packet, 4));
        return 'gone';
      case 'send many':
        return Promise.all(['out', 'other', 'out'].map((port) => this.#send(context, port, packet))).then((replies) =>
          replies.find((reply) => reply instanceof Error),
        );
      case 'send one after another':
        return this.#send(context, 'out', packet).then((reply) => this.#send(context, 'other', isOdd(reply)));
      case 'send to error':
        return this.#send(context, 'error', new Error('sent'));
      case 'send what is no value':
        return context.send('out', () => {}).then(({ reply }) => reply);
      case 'hook':
      case 'hook that fails':
        return this.#hook(context, deed, packet);
      case 'fork':
      case 'fork that fails':
        return this.#fork(context, deed, packet);
      case 'never':
        this.silent.push(packet);
        return new Promise(() => {});
    }
  }

  #forget(context: NodeContext, packet: Packet, count: number): void {
    for (let n = 0; n < count; n++) void this.#send(context, n % 3 === 2 ? 'other' : 'out', packet);
  }

  async #send({ send }: Pick<NodeContext, 'send'>, port: string, payload: unknown): Promise<Reply> {
    this.sent += 1;
    const { reply } = await send(port, payload);
    this.answered += 1;
    return reply;
  }

  #hook(context: NodeContext, deed: Deed, packet: Packet): Promise<Reply> {
    this.hooks += 1;
    context.process.onExit(async () => {
      this.hooksRun += 1;
      await turns(1);
      if (deed === 'hook that fails') throw new Error('hook');
    });
    return this.#send(context, 'out', packet);
  }

  async #fork(context: NodeContext, deed: Deed, packet: Packet): Promise<string> {
    this.forks += 1;
    const { done } = context.process.fork(
      async (child) => {
        const reply = await this.#send(child, 'out', packet);
        if (deed === 'fork that fails') throw new Error('fork');
        return reply;
      },
      { timeoutMs: 30 },
    );
    const ended = (): void => void (this.forksEnded += 1);
    done.then(ended, ended);
    await turns(1);
    return 'forked';
  }
}

function thenable(): object {
  return {
    then(resolve: (value: unknown) => void) {
      resolve('settled');
      resolve('twice');
    },
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

function isOdd(reply: Reply): boolean {
  return (reply as StatusError | undefined) instanceof Error;
}
