import { existsSync } from 'node:fs';
import { type DrawingOptions, type DrawnCounts, drawingOf } from '../graph/drawing.ts';
import { dotOf } from '../graph/drawing-dot.ts';
import { mermaidOf } from '../graph/drawing-mermaid.ts';
import { svgOf } from '../graph/drawing-svg.ts';
import { inactiveNodes } from '../graph/inactive-nodes.ts';
import { type NodeSpec, readSpecs } from '../graph/spec.ts';
import { createKinds } from '../nodes/kinds.ts';
import { PacketTape } from '../runtime/packet-tape.ts';
import { testKinds } from '../runtime/test-kinds.ts';
import type { Traffic } from '../wire/gen/flowrpc/v1/control.ts';
import { decodeValue } from '../wire/value.ts';
import { openControl } from './control-channel.ts';
import type { ControlClientOptions } from './control-options.ts';
import { UsageError } from './exit.ts';
import { jsonLine, print } from './output.ts';
import { readSpecFiles, type SpecOptions } from './spec-files.ts';

export interface GraphDrawingOptions extends ControlClientOptions, SpecOptions {
  format: 'mermaid' | 'dot' | 'svg';
}

interface Drawn extends DrawingOptions {
  readonly specs: readonly NodeSpec[];
}

/** `flowrpc graph FILE…|HOST`: draws specs as they were written; with the state of nodes, and from a server with what passed. */
export async function graph(sources: readonly string[], options: GraphDrawingOptions): Promise<void> {
  const { specs, ...states } = sources.some(isFile)
    ? await ofFiles(sources, options)
    : await ofServer(sources, options);
  const drawing = drawingOf(specs, states);
  if (options.json) return await print(jsonLine(drawing));
  const text = options.format === 'mermaid' ? mermaidOf(drawing) : dotOf(drawing);
  const shown = options.format === 'svg' ? await svgOf(text, { nodes: drawing.nodes.length }) : text;
  await print(shown.trimEnd());
}

function isFile(source: string): boolean {
  return source === '-' || /\.(?:ya?ml|json)$/i.test(source) || existsSync(source);
}

async function ofFiles(paths: readonly string[], options: GraphDrawingOptions): Promise<Drawn> {
  const { namespace = 'default', env: environment } = options;
  const parsed = await readSpecFiles(paths, { ...options, namespace });
  const kinds = createKinds(...testKinds(new PacketTape()));
  return { specs: parsed.specs, inactive: await inactiveNodes({ ...parsed, environment, kinds }) };
}

async function ofServer([host = '', ...more]: readonly string[], options: GraphDrawingOptions): Promise<Drawn> {
  if (more.length > 0) throw new UsageError(`Cannot draw ${more.length + 1} servers: wanted files, or one server`);
  await using control = await openControl(host, options);
  const { namespace = '', timeout } = options;
  const { specs, nodes, ports } = await control.client.getGraph({ namespace }, { timeoutMs: timeout });
  const documents = specs.map(({ document }) => decodeValue(document ?? new Uint8Array()));
  return {
    specs: readSpecs(documents, { file: host }).specs,
    inactive: new Map(
      nodes.flatMap(({ service, status, reason }) =>
        status === 'NODE_STATUS_ACTIVE' ? [] : [[service, reason] as const],
      ),
    ),
    nodeCounts: new Map(
      nodes.flatMap(({ service, traffic }) => (traffic === undefined ? [] : [[service, countsOf(traffic)] as const])),
    ),
    portCounts: new Map(
      ports.flatMap(({ node, outPort, traffic }) =>
        traffic === undefined ? [] : [[`${node}/${outPort}`, countsOf(traffic)] as const],
      ),
    ),
  };
}

function countsOf({ packets, errors }: Traffic): DrawnCounts {
  return { packets: Number(packets), errors: Number(errors) };
}
