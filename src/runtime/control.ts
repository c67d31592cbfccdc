import { Code } from '../core/code.ts';
import type { Interceptor } from '../core/context.ts';
import type { Methods } from '../core/method.ts';
import { checkOptions, checkTexts } from '../core/options.ts';
import { StatusError } from '../core/status-error.ts';
import type { Graph, Problem } from '../graph/index.ts';
import { OutboundRules } from '../nodes/outbound-rules.ts';
import type { Handlers } from '../server/handlers.ts';
import type { ServiceModule } from '../server/service-module.ts';
import type { Store } from '../stores/index.ts';
import type { Admission } from './control-admission.ts';
import { DocumentApi } from './control-api.ts';
import { debugHandler } from './control-debug.ts';
import { frameFilter, rawFrame } from './control-frame.ts';
import { graphPicture } from './control-graph.ts';
import { controlGuard } from './control-guard.ts';
import { NodesApi } from './control-nodes.ts';
import { pageOf } from './control-page.ts';
import { listProblems } from './control-problems.ts';
import { ProcessesApi } from './control-processes.ts';
import { ControlService } from './control-service.ts';
import { specView } from './control-specs.ts';
import { checkControlToken, requireToken } from './control-token.ts';
import { valueView } from './control-values.ts';
import { FrameLease } from './frame-lease.ts';
import { PacketCounts } from './packet-counts.ts';

/** What Control controls; `createRuntime` gives one. */
export interface Controlled {
  readonly graph: Graph;
  readonly specs: Store;
  readonly values: Store;
  /** What is wrong now. Default: that of the graph and of the stores. */
  readonly problems?: readonly Problem[];
}

export interface ControlOptions {
  runtime: Controlled;
  /** What every call must bring as `authorization: Bearer …`: 16 characters or more, such as `createControlToken()` gives. */
  token: string;
  /** What specs that are applied here may lead to. Default: nothing outside of the graph. */
  allow?: Admission;
  /** For calls of Control only; inside the server's own, outside of the token. */
  interceptors?: readonly Interceptor[];
}

/**
 * `flowrpc.v1.Control` for `server.add()`: specs, values, nodes, processes, frames and breakpoints of a runtime. Whoever has the token can
 * make the runtime do anything that specs can; the data of values cannot be read with it.
 */
export function control({ runtime, token, allow = {}, interceptors = [], ...rest }: ControlOptions): ServiceModule {
  checkOptions('control', rest, ['runtime', 'token', 'allow', 'interceptors']);
  checkOptions('control.allow', allow, ['targets', 'files', 'listen']);
  checkTexts('control.allow.targets', allow.targets);
  checkTexts('control.allow.listen', allow.listen);
  // Says which entry is not understood.
  new OutboundRules(allow.listen);
  checkControlToken(token);
  const { graph } = runtime;
  graph.restrict(controlGuard(allow));
  const open = { frames: new FrameLease(graph), counts: new PacketCounts(graph) };
  return {
    service: ControlService,
    handlers: handlersOf(runtime, allow, open) as unknown as Handlers<Methods>,
    options: {
      interceptors: [...interceptors, requireToken(token)],
      background: true,
      streamIdleMs: Number.POSITIVE_INFINITY,
    },
    attach: () => () => {
      open.frames.close();
      open.counts.close();
    },
  };
}

interface Open {
  readonly frames: FrameLease;
  readonly counts: PacketCounts;
}

function handlersOf(runtime: Controlled, allow: Admission, { frames, counts }: Open) {
  const { graph } = runtime;
  const specs = new DocumentApi(runtime.specs, specView(allow));
  const values = new DocumentApi(runtime.values, valueView);
  const nodes = new NodesApi(graph, counts);
  const processes = new ProcessesApi(graph);
  return {
    applySpec: async ({ document, ifRevision }) => {
      const { shown, change } = await specs.apply(document ?? nothing, ifRevision);
      return { spec: shown, change };
    },
    getSpec: async (key) => ({ spec: await specs.get(key) }),
    listSpecs: async (request) => {
      const { shown, ...page } = await specs.list(request);
      return { specs: shown, ...page };
    },
    deleteSpec: async ({ ifRevision, ...key }) => ({ spec: await specs.delete(key, ifRevision) }),
    watchSpecs: async function* (request, context) {
      for await (const { shown, ...event } of specs.watch(request, context)) yield { ...event, spec: shown };
    },

    applyValue: async ({ document, ifRevision }) => {
      const { shown, change } = await values.apply(document ?? nothing, ifRevision);
      return { value: shown, change };
    },
    getValue: async (key) => ({ value: await values.get(key) }),
    listValues: async (request) => {
      const { shown, ...page } = await values.list(request);
      return { values: shown, ...page };
    },
    deleteValue: async ({ ifRevision, ...key }) => ({ value: await values.delete(key, ifRevision) }),
    watchValues: async function* (request, context) {
      for await (const { shown, ...event } of values.watch(request, context)) yield { ...event, value: shown };
    },

    listNodes: (request) => {
      const { items, nextPageToken } = nodes.list(request);
      return { nodes: [...items], nextPageToken };
    },
    watchNodes: (request, context) => nodes.watch(request, context),

    listProcesses: (request) => {
      const { items, nextPageToken } = processes.list(request);
      return { processes: [...items], nextPageToken };
    },
    getProcess: ({ id }) => ({ process: processes.get(id) }),
    cancelProcess: ({ id, reason }) => {
      processes.cancel(id, reason);
      return {};
    },

    listFrames: ({ filter, ...request }) => {
      if (frames.recorder === undefined)
        throw new StatusError(Code.FAILED_PRECONDITION, 'Nobody records frames: watch them, or open a debugger');
      const found = frames.recorder.frames(frameFilter(filter));
      const { items, nextPageToken } = pageOf(found, request, {
        key: ({ id }) => String(id).padStart(16, '0'),
        bytes: ({ bytes }) => Math.min(bytes, 8_192) + 256,
      });
      return { frames: items.map(rawFrame), nextPageToken };
    },
    watchFrames: async function* ({ filter }, { signal }) {
      const release = frames.take();
      try {
        const watch = frames.recorder?.watchFrames({ signal, where: frameFilter(filter) }) ?? [];
        for await (const { item, missed } of watch) yield { frame: rawFrame(item), missed: BigInt(missed) };
      } finally {
        release();
      }
    },

    listProblems: (request) => {
      const { items, nextPageToken } = listProblems(runtime, request);
      return { problems: [...items], nextPageToken };
    },

    getGraph: ({ namespace }) => graphPicture(runtime, nodes, counts, namespace),
    debug: debugHandler({ graph, frames }),
  } satisfies Handlers<(typeof ControlService)['methods']>;
}

const nothing = new Uint8Array();
