import { inspect } from 'node:util';
import { Code, connect, createServer, type Interceptor, jsonLogger, key, StatusError } from 'flowrpc';
import {
  createGraph,
  dotOf,
  drawingOf,
  formatProblems,
  type GraphNode,
  mermaidOf,
  readSpecs,
  type StoredValue,
} from 'flowrpc/graph';
import { createRegistry, logging, metrics, tracing } from 'flowrpc/interceptors';
import { createKinds, defineKind, oneToOne, source } from 'flowrpc/nodes';
import { ControlService, control, createControlToken, createDebugger, createRuntime, recorder } from 'flowrpc/runtime';
import { health, reflection, reflectionClient } from 'flowrpc/services';
import { memoryStore } from 'flowrpc/stores';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorInfo } from '../../src/wire/error-details.ts';
import { RecordedSpans } from '../interceptors/tracing/recorded-spans.ts';

/** Begins and goes on with letters that every way of writing it down leaves as they are. */
const marker = 'kanarienvogel';
const canary = `${marker}/+ "%\n${marker}-second-line`;

/** The marker, however it is written. */
const traces = [
  // As much of it as `JSON.parse` shows.
  marker.slice(0, 9),
  Buffer.from(marker).toString('hex'),
  ...[0, 1, 2].map((shift) =>
    Buffer.from('-'.repeat(shift) + marker)
      .toString('base64')
      .slice(4, -4),
  ),
];

const values: StoredValue[] = [
  {
    id: '00000000-0000-7000-8000-000000000001',
    namespace: 'default',
    name: 'secret',
    data: { token: canary, pin: 'ab' },
  },
];
const env = {
  T: { name: 'secret', data: '{{ .token }}' },
  ALL: { name: 'secret' },
  PIN: { name: 'secret', data: '{{ .pin }}' },
};

/** How a node may give its secret away. */
const ways: Record<string, (token: string) => unknown> = {
  error: (token) => {
    throw new Error(`cannot use ${token}`, { cause: new Error(token) });
  },
  text: (token) => {
    throw `thrown ${token}`;
  },
  returned: (token) => new TypeError(token),
  status: (token) => {
    const details = [errorInfo({ reason: 'BAD', domain: 'test', metadata: { token } })];
    throw new StatusError(Code.ABORTED, `status ${token}`, { details, trailer: { 'x-note': 'kept' } });
  },
  cut: (token) => {
    throw new Error(`field is "${token.slice(0, 16)}…"`);
  },
  json: (token) => JSON.parse(token),
  encoded: (token) => {
    const bytes = Buffer.from(token);
    const all = [bytes.toString('base64'), bytes.toString('hex'), encodeURIComponent(token), JSON.stringify({ token })];
    throw new Error(all.join(' '));
  },
  basic: (token) => {
    throw new Error(`Basic ${Buffer.from(`user:${token}`).toString('base64')}`);
  },
  coded: (token) => {
    throw Object.assign(new Error('sorry'), { config: { token } });
  },
};

const leaky = defineKind<{ token: string }>({
  kind: 'leaky',
  setup({ token }, { log }) {
    log.info(`set up with ${token}`, { token });
    return {
      token,
      ...oneToOne((payload: unknown, { log }) => {
        log.warn('packet', { token, payload, error: new Error(token), bytes: Buffer.from(token) });
        return ways[String(payload)]?.(token) ?? { token };
      }),
      close() {
        throw new Error(`close ${token}`);
      },
    };
  },
});
const echoing = defineKind({
  kind: 'echoing',
  setup: () => oneToOne((payload) => Promise.reject(new Error(`got ${JSON.stringify(payload)}`))),
});
const forking = defineKind<{ token: string }>({
  kind: 'forking',
  setup: ({ token }) =>
    oneToOne((_payload, { process }) => {
      process.fork(() => Promise.reject(new Error(`fork ${token}`)));
      process.onExit(() => {
        throw new Error(`exit ${token}`);
      });
      return 'done';
    }),
});
const starting = defineKind<{ token: string }>({
  kind: 'starting',
  inputs: [],
  setup: ({ token }) => source(() => Promise.reject(new Error(`source ${token}`))),
});
const broken = defineKind<{ token: string }>({
  kind: 'broken',
  setup: ({ token }) => {
    throw new Error(`no setup with ${token}`);
  },
});
const strict = defineKind<{ token: string }>({
  kind: 'strict',
  spec: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => ({ issues: [{ message: `got ${JSON.stringify(value)}`, path: ['token'] }] }),
    },
  },
  setup: () => ({}),
});
/** What processes under way hold is there to be listed. */
const kept = key<unknown>('kept');
let release = (): void => {};
const holding = defineKind<{ token: string }>({
  kind: 'holding',
  setup: ({ token }) =>
    oneToOne((_payload, { process }) => {
      process.set(kept, { token, bytes: Buffer.from(token) });
      return new Promise<string>((resolve) => {
        release = () => resolve('released');
      });
    }),
});
const kinds = createKinds(leaky, echoing, forking, starting, broken, strict, holding);
const token = '{{ .T }}';

const right = [
  { kind: 'leaky', name: 'leaky', token, env, ports: { out: [{ name: 'echoing', port: 'in' }] } },
  { kind: 'echoing', name: 'echoing' },
  { kind: 'leaky', name: 'policy', token, env, ports: { out: [{ name: 'echoing', port: 'in', timeout: '5s' }] } },
  { kind: 'forking', name: 'forking', token, env },
  { kind: 'starting', name: 'starting', token, env },
  { kind: 'holding', name: 'holding', token, env, ports: { active: [{ name: 'echoing', port: 'in' }] } },
  {
    kind: 'block',
    name: 'block',
    env,
    specs: [{ kind: 'leaky', name: 'inner', token }],
    inbounds: { in: { name: 'inner', port: 'in' } },
  },
  {
    kind: 'chart',
    name: 'leaking',
    env: { C: { name: 'secret', data: '{{ .token }}' }, F: { data: '{{ .given }}' } },
    specs: [{ kind: 'leaky', token: '{{ .F }}{{ .C }}' }],
    inbounds: { in: { name: '$0', port: 'in' } },
  },
  { kind: 'leaking', name: 'instance', given: token, env },
];
const wrong = [
  { kind: 'broken', name: 'broken', token, env },
  { kind: 'strict', name: 'strict', token, env },
  { kind: 'snippet', name: 'file', language: 'text', code: 'x', proto: token, env },
  { kind: 'snippet', name: 'module', language: 'javascript', module: `./${token}.js`, env },
  { kind: 'snippet', name: 'language', language: token, code: 'x', env },
  { kind: 'if', name: 'if', when: token, env },
  { kind: 'rpc', name: 'rpc', target: token, service: token, method: token, env },
  { kind: 'nope', name: 'nope', token, env },
  { kind: 'leaky', name: 'missing', token, env: { T: { name: 'secret', data: '{{ .nothing }}' } } },
];

const callable = ['leaky', 'policy', 'block', 'instance', 'forking'];

/** Everything that anybody got to see. */
class Seen {
  readonly #all: { what: string; text: string }[] = [];

  add(what: string, value: unknown): void {
    const text = typeof value === 'string' ? value : `${inspect(value, { depth: 20 })} ${json(value)}`;
    this.#all.push({ what, text });
  }

  async failure(what: string, work: Promise<unknown>): Promise<void> {
    try {
      this.add(what, await work);
    } catch (error) {
      this.add(what, error);
      const { details = [], cause, trailer } = error as Partial<StatusError>;
      this.add(`${what} cause`, cause);
      this.add(`${what} trailer`, [...(trailer ?? [])]);
      for (const { value } of details) this.add(`${what} detail`, Buffer.from(value).toString('latin1'));
    }
  }

  get leaks(): string[] {
    return this.#all
      .filter(({ text }) => traces.some((trace) => text.toLowerCase().includes(trace.toLowerCase())))
      .map(({ what, text }) => `${what}: ${text.slice(0, 300)}`);
  }

  has(what: string): string {
    return this.#all
      .filter((one) => one.what.startsWith(what))
      .map(({ text }) => text)
      .join('\n');
  }
}

/** As JSON, bytes as the text that they may be. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value, function (this: Record<string, unknown>, key, part: unknown) {
      const held = this[key];
      if (held instanceof Uint8Array) return Buffer.from(held).toString('latin1');
      return typeof part === 'bigint' ? String(part) : part;
    });
  } catch {
    return '';
  }
}

interface Nodes {
  readonly in: (payload: unknown) => Promise<unknown>;
}

/** A reply says what a node answers with, which may be a secret: only how a call failed is looked at. */
async function failed(work: () => Promise<unknown>): Promise<void> {
  await work();
}

async function follow(items: AsyncIterable<unknown>, each: (item: unknown) => void): Promise<void> {
  try {
    for await (const item of items) each(item);
  } catch {
    // It was ended.
  }
}

const shown = ({ instance, ...node }: GraphNode): object => node;

let spans: RecordedSpans;
beforeEach(() => {
  spans = new RecordedSpans();
});
afterEach(() => spans.unregister());

describe('a secret of a stored value', () => {
  test('would be seen, were it not taken out', () => {
    const seen = new Seen();

    for (const [how, leak] of Object.entries(ways)) {
      try {
        seen.add(how, leak(canary));
      } catch (error) {
        seen.add(how, error);
      }
    }

    expect(seen.leaks).toHaveLength(Object.keys(ways).length);
  });

  test('is in no problem, reason or error of a graph that is refused S-10', async () => {
    const seen = new Seen();
    const logger = jsonLogger({ level: 'debug', write: (line) => seen.add('log', line) });
    const { specs } = readSpecs([...right, ...wrong]);

    await seen.failure('refused', createGraph({ specs, values, kinds, logger }));
    await using graph = await createGraph({ specs, values, kinds, logger, allowPending: true });
    seen.add('problems', graph.problems);
    seen.add('formatted', formatProblems(graph.problems));
    seen.add('nodes', graph.nodes.map(shown));
    for (const { name } of wrong) await seen.failure('call', graph.call(name, 1));

    expect(graph.nodes.filter(({ status }) => status === 'inactive').map(({ name }) => name)).toEqual(
      wrong.map(({ name }) => name),
    );
    expect(seen.has('formatted')).toContain('no setup with [redacted]');
    expect(seen.leaks).toEqual([]);
  });

  test('is in no log, span, metric, error, hop, frame or descriptor, and Control does not tell it S-10', async () => {
    const seen = new Seen();
    const logger = jsonLogger({ level: 'debug', write: (line) => seen.add('log', line) });
    const registry = createRegistry();
    const around = [tracing(), metrics({ dialects: ['prometheus'], registry }), logging({ logger, metadata: true })];
    const server = createServer({ logger, interceptors: around }).add(health()).add(reflection());
    const [specs, stored] = [memoryStore(), memoryStore()];
    for (const spec of [...right, ...wrong]) await specs.put(spec as never);
    for (const value of values) await stored.put(value as never);
    const controlToken = createControlToken();
    const runtime = await createRuntime({
      specs,
      values: stored,
      kinds,
      logger,
      server,
      interceptors: [tracing()],
      nodeInterceptors: [tracing(), logging({ logger })],
      onHop: (hop) => seen.add('hop', hop),
    });
    server.add(control({ runtime, token: controlToken }));
    await runtime.load();
    using frames = recorder(runtime.graph, { keepEnded: 1_000 });
    using stepping = createDebugger(runtime.graph, {
      onEvent: (event) => {
        seen.add(`debugger ${event.type}`, event);
        if (event.type === 'held') setImmediate(() => stepping.step(event.hold.id));
      },
    });
    stepping.add({});
    const { address } = await server.listen('127.0.0.1:0');
    const bearer: Interceptor = (call, next) =>
      next(call.withMetadata((copy) => copy.set('authorization', `Bearer ${controlToken}`)));
    const channel = connect(address, { interceptors: [bearer, tracing()] });
    const reflected = reflectionClient(channel);
    const controller = channel.client(ControlService);
    const ended = new AbortController();
    const watched = follow(controller.watchFrames({}, { signal: ended.signal }), (frame) =>
      seen.add('control frame', frame),
    );

    for (const name of callable) {
      for (const payload of [...Object.keys(ways), 'ok']) {
        const { in: call } = channel.client(await reflected.service(`default.${name}`)) as unknown as Nodes;
        await seen.failure(
          `call ${name}`,
          failed(() => runtime.call(name, payload)),
        );
        await seen.failure(
          `remote ${name}`,
          failed(() => call({ kind: { case: 'stringValue', value: payload } })),
        );
      }
    }
    for (const service of await reflected.list()) {
      for (const { bytes } of await reflected.files(service))
        seen.add('reflection', Buffer.from(bytes).toString('latin1'));
    }
    const held = runtime.call('holding', 1);
    await seen.failure('control processes', controller.listProcesses({}));
    const [{ id } = { id: '' }] = runtime.processes.list();
    await seen.failure('control process', controller.getProcess({ id }));
    release();
    await held;
    seen.add('problems', runtime.problems);
    seen.add('nodes', runtime.nodes.map(shown));
    seen.add('frames', frames.frames());
    const inactive = new Map(runtime.nodes.map(({ service, reason = '' }) => [service, reason]));
    const drawing = drawingOf(readSpecs([...right, ...wrong]).specs, { inactive });
    for (const draw of [mermaidOf, dotOf]) seen.add('drawing', draw(drawing));
    seen.add('metrics', await registry.text());
    const lists = ['listSpecs', 'listValues', 'listNodes', 'listProcesses', 'listFrames', 'listProblems'] as const;
    for (const name of [...lists, 'getGraph'] as const) await seen.failure(`control ${name}`, controller[name]({}));
    for (const name of [...callable, 'broken'])
      await seen.failure(`control getSpec ${name}`, controller.getSpec({ namespace: 'default', name }));
    await seen.failure('control getValue', controller.getValue({ namespace: 'default', name: 'secret' }));
    ended.abort();
    await watched;

    await runtime.close({ graceMs: 100 });
    await channel.close();
    await server.close({ graceMs: 0 });
    for (const span of spans.all) seen.add('span', [span.name, span.attributes, span.status, span.events]);

    expect(seen.leaks).toEqual([]);
    expect(seen.has('remote leaky')).toContain('cannot use [redacted]');
    expect(seen.has('control getSpec')).toContain(token);
    expect(seen.has('control processes')).toMatch(/default\.holding.*\[redacted\]/s);
    // What a node tells of its life is its spec as written.
    expect(seen.has('log')).toMatch(/as it became active.*\{\{ \.T \}\}/);
    expect(seen.has('log')).toContain('close [redacted]');
    expect(seen.has('frames')).toContain('[redacted]');
    expect(seen.has('debugger held')).toContain('[redacted]');
    expect(seen.has('debugger ended')).toContain('[redacted]');
    expect(seen.has('drawing')).toContain('no setup with');
    expect(seen.has('span')).toContain('default.leaky');
  });
});
