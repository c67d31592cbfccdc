import { checkOptions } from '../core/options.ts';
import { createGraph } from '../graph/create-graph.ts';
import type { Graph } from '../graph/graph.ts';
import { readSpecs } from '../graph/spec.ts';
import { defineKind, type NodeKind } from '../nodes/kind.ts';
import { inputsOf } from '../nodes/kind-info.ts';
import { kinds as builtInKinds } from '../nodes/kinds.ts';
import type { Env, NodeContext, NodeInstance } from '../nodes/node-context.ts';
import type { Reply } from '../nodes/reply.ts';
import { type Logger, silentLogger } from '../observability/logger.ts';

/** What answers at the other end of an out-port: the reply, or a promise of it; what it throws is an error reply. */
export type PortAnswer = (payload: unknown, context: NodeContext) => unknown;

export interface TestNodeOptions {
  /** What is linked to which out-port, in link order where there are several. Ports left out are not linked. */
  ports?: Readonly<Record<string, PortAnswer | readonly PortAnswer[]>>;
  /** In-ports by number, for kinds that take any. Default: the first alone. */
  inputs?: readonly string[];
  env?: Env;
  logger?: Logger;
}

export interface TestSendOptions {
  /** In-port. Default `in`. */
  port?: string;
  /** Default 30 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** One process with the node under test. */
export interface TestProcess {
  readonly id: string;
  /** Sends a packet and waits for its reply; rejects with the error of an error reply. */
  send(payload: unknown, port?: string): Promise<Reply>;
}

/** A node with what its ports lead to. */
export interface TestNode extends AsyncDisposable {
  /** What `setup` gave. */
  readonly instance: NodeInstance;
  /** Runs one process with one packet; rejects with a StatusError for an error reply. */
  send(payload: unknown, options?: TestSendOptions): Promise<Reply>;
  /** Runs one process with as many packets as the function sends; its exit hooks have run once this resolves. */
  process<T>(work: (process: TestProcess) => T | Promise<T>, options?: Omit<TestSendOptions, 'port'>): Promise<T>;
  /** Payloads that left by a linked out-port, in order. */
  sent(port: string): readonly unknown[];
  close(): Promise<void>;
}

const nodeName = 'node';
const driverName = 'driver';

/**
 * Sets up one node of a kind and links its out-ports to functions: `await using node = await testNode(throttle, { perSecond: 1 }, { ports: { out: (n)
 * => n } })`. It runs as it does in a graph. Rejects with a GraphError when the kind refuses the fields.
 */
export async function testNode(
  kind: NodeKind,
  fields: Readonly<Record<string, unknown>> = {},
  options: TestNodeOptions = {},
): Promise<TestNode> {
  checkOptions('testNode', options, ['ports', 'inputs', 'env', 'logger']);
  const { ports = {}, inputs, env = {}, logger = silentLogger } = options;
  const sent = new Map<string, unknown[]>();
  const works = new Works();
  const links = Object.entries(ports).map(([port, answers]) => {
    const payloads: unknown[] = [];
    sent.set(port, payloads);
    return { port, answers: [answers].flat() as PortAnswer[], payloads };
  });
  const answering = defineKind<{ link: number; answer: number }>({
    kind: 'test-answer',
    setup: ({ link, answer }) => {
      const { answers, payloads } = links[link]!;
      const reply = answers[answer]!;
      return {
        process({ payload }, context) {
          if (answer === 0) payloads.push(payload);
          return reply(payload, context);
        },
      };
    },
  });
  const driving = defineKind({
    kind: 'test-driver',
    outputs: ['to[*]'],
    setup: () => ({ process: ({ payload }, context) => works.run(payload as number, context) }),
  });
  const inPorts = inputs ?? (await portsOf(kind, fields));
  const { specs, problems } = readSpecs([
    {
      ...fields,
      kind: kind.kind,
      name: nodeName,
      ports: Object.fromEntries(
        links.map(({ port, answers }, link) => [
          port,
          answers.map((_, i) => ({ name: answerName(link, i), port: 'in' })),
        ]),
      ),
    },
    {
      kind: 'test-driver',
      name: driverName,
      ports: Object.fromEntries(inPorts.map((port, i) => [`to[${i}]`, [{ name: nodeName, port }]])),
    },
    ...links.flatMap(({ answers }, link) =>
      answers.map((_, answer) => ({ kind: 'test-answer', name: answerName(link, answer), link, answer })),
    ),
  ]);
  const kinds = new Map([...builtInKinds, ...[kind, answering, driving].map((each) => [each.kind, each] as const)]);
  const graph = await createGraph({ specs, problems, kinds, environment: env, logger });
  return new LinkedNode(graph, works, inPorts, sent);
}

class LinkedNode implements TestNode {
  readonly #graph: Graph;
  readonly #works: Works;
  readonly #ports: readonly string[];
  readonly #sent: ReadonlyMap<string, readonly unknown[]>;

  constructor(graph: Graph, works: Works, ports: readonly string[], sent: ReadonlyMap<string, readonly unknown[]>) {
    this.#graph = graph;
    this.#works = works;
    this.#ports = ports;
    this.#sent = sent;
  }

  get instance(): NodeInstance {
    return this.#graph.nodes.find(({ name }) => name === nodeName)!.instance!;
  }

  send(payload: unknown, options: TestSendOptions = {}): Promise<Reply> {
    checkOptions('node.send', options, ['port', 'timeoutMs', 'signal']);
    return this.#graph.call(nodeName, payload, options);
  }

  async process<T>(
    work: (process: TestProcess) => T | Promise<T>,
    options: Omit<TestSendOptions, 'port'> = {},
  ): Promise<T> {
    checkOptions('node.process', options, ['timeoutMs', 'signal']);
    let result: T | undefined;
    let failure: { thrown: unknown } | undefined;
    const number = this.#works.add(async (context) => {
      const send = async (payload: unknown, port = this.#ports[0] ?? 'in'): Promise<Reply> => {
        const index = this.#ports.indexOf(port);
        if (index < 0)
          throw new TypeError(`Cannot send to in-port "${port}": the node has ${this.#ports.join(', ') || 'none'}`);
        const { reply } = await context.send(`to[${index}]`, payload);
        if (reply instanceof Error) throw reply;
        return reply;
      };
      try {
        result = await work({ id: context.process.id, send });
        return null;
      } catch (thrown) {
        failure = { thrown };
        throw thrown;
      }
    });
    await this.#graph.call(driverName, number, options).catch((thrown: unknown) => {
      failure ??= { thrown };
    });
    if (failure !== undefined) throw failure.thrown;
    return result as T;
  }

  sent(port: string): readonly unknown[] {
    const payloads = this.#sent.get(port);
    if (payloads === undefined)
      throw new TypeError(
        `Cannot say what left by "${port}": linked are ${[...this.#sent.keys()].join(', ') || 'none'}`,
      );
    return payloads;
  }

  close(): Promise<void> {
    return this.#graph.close({ graceMs: 500 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

type Work = (context: NodeContext) => Promise<unknown>;

/** What processes do, by number: a packet carries values, so not the function itself. */
class Works {
  readonly #waiting = new Map<number, Work>();
  #last = 0;

  add(work: Work): number {
    this.#last += 1;
    this.#waiting.set(this.#last, work);
    return this.#last;
  }

  run(number: number, context: NodeContext): Promise<unknown> {
    const work = this.#waiting.get(number)!;
    this.#waiting.delete(number);
    return work(context);
  }
}

function answerName(link: number, answer: number): string {
  return `answer-${link}-${answer}`;
}

async function portsOf(kind: NodeKind, fields: unknown): Promise<string[]> {
  const checked = await kind.spec?.['~standard'].validate(fields);
  // What is wrong with the fields is reported by the graph.
  if (checked?.issues !== undefined) return [];
  const shape = inputsOf(kind, checked === undefined ? fields : checked.value);
  return shape.map((port) => port.replace('[*]', '[0]'));
}
