import { matchPort, parsePort } from '../nodes/names.ts';
import { components } from './components.ts';
import { type Composition, compositionOf, type Form, type InnerPort } from './composition.ts';
import type { Drawing, DrawingOptions, DrawnEdge, DrawnNode } from './drawing.ts';
import type { PortTarget } from './edge.ts';
import type { NodeSpec } from './spec.ts';

/** A node that was placed: how its neighbours find it, and what is inside. */
interface Placed {
  readonly node: DrawnNode;
  readonly spec: NodeSpec;
  /** Where names of its targets are looked for. */
  readonly room: Room;
  readonly block: { readonly composition: Composition; readonly room: Room } | undefined;
  /** Where its ports lead, and what they come from, once that was looked for. */
  readonly arrivals: Map<string, readonly End[]>;
  readonly departures: Map<string, readonly string[]>;
}

/** The nodes that can name each other: those of the graph, or of one block. */
interface Room {
  readonly byName: Map<string, Placed>;
  readonly byId: Map<string, Placed>;
}

/** The end of an arrow. */
interface End {
  readonly key: string;
  readonly port: string;
}

type Draft = Omit<DrawnEdge, 'cyclic'>;

/** Kinds whose nodes have others inside. */
const forms: ReadonlyMap<string, Form> = new Map([
  ['block', 'block'],
  ['step', 'chain'],
  ['sequential', 'chain'],
]);

/** Nodes inside of each other, at most. */
const maxNesting = 16;
const maxNodes = 10_000;
/** More than anybody follows. */
const maxArrows = 100_000;

/** A drawing in the making: first all nodes are placed, then the arrows between them. */
export class Sketch {
  readonly #charts: ReadonlyMap<string, NodeSpec>;
  readonly #options: DrawingOptions;
  readonly #nodes = new Map<string, DrawnNode>();
  readonly #placed: Placed[] = [];
  readonly #room = emptyRoom();
  #arrowsLeft = maxArrows;

  constructor(charts: ReadonlyMap<string, NodeSpec>, options: DrawingOptions) {
    this.#charts = charts;
    this.#options = options;
  }

  /** Places a node of the graph, and what is inside of it. */
  place(spec: NodeSpec, box: { key: string; label: string }): void {
    const placed = this.#place(spec, { ...box, room: this.#room, depth: 0 });
    this.#room.byId.set(spec.id.toLowerCase(), placed);
    if (spec.name !== undefined) this.#room.byName.set(`${spec.namespace}/${spec.name}`, placed);
  }

  drawing(): Drawing {
    const edges = this.#placed.flatMap((placed) => this.#edgesOf(placed));
    const next = new Map<string, string[]>();
    for (const { from, to } of edges) {
      const known = next.get(from);
      if (known === undefined) next.set(from, [to]);
      else known.push(to);
    }
    const groups = components(this.#nodes.keys(), (key) => next.get(key) ?? []);
    const groupOf = new Map(groups.flatMap((group, index) => group.map((key) => [key, index])));
    return {
      nodes: [...this.#nodes.values()],
      edges: edges.map((edge) => ({ ...edge, cyclic: groupOf.get(edge.from) === groupOf.get(edge.to) })),
    };
  }

  #place(
    spec: NodeSpec,
    { key, label, room, depth, inside }: { key: string; label: string; room: Room; depth: number; inside?: DrawnNode },
  ): Placed {
    const composition = depth < maxNesting && this.#nodes.size < maxNodes ? this.#composition(spec) : undefined;
    const inactive = this.#options.inactive?.get(key) ?? inside?.inactive;
    const counts = this.#options.nodeCounts?.get(key);
    const node: DrawnNode = {
      key,
      label,
      detail: spec.kind,
      type: composition === undefined ? 'node' : 'block',
      ...(inside !== undefined && { inside: inside.key }),
      ...(inactive !== undefined && { inactive }),
      ...(counts !== undefined && { counts }),
    };
    this.#nodes.set(key, node);
    const block = composition && { composition, room: emptyRoom() };
    const placed: Placed = { node, spec, room, block, arrivals: new Map(), departures: new Map() };
    this.#placed.push(placed);
    for (const inner of block?.composition.specs ?? []) {
      const { namespace } = spec;
      const within = {
        key: `${key}/${inner.name}`,
        label: inner.name,
        room: block!.room,
        depth: depth + 1,
        inside: node,
      };
      const child = this.#place({ ...inner.spec, namespace }, within);
      block!.room.byName.set(`${namespace}/${inner.name}`, child);
      if (typeof inner.spec.id === 'string') block!.room.byId.set(inner.spec.id.toLowerCase(), child);
    }
    return placed;
  }

  #composition(spec: NodeSpec): Composition | undefined {
    const chart = this.#charts.get(`${spec.namespace}/${spec.kind}`);
    const form = chart === undefined ? forms.get(spec.kind) : 'block';
    const composition = form && compositionOf(chart ?? spec, form);
    return composition === undefined || composition.specs.length === 0 ? undefined : composition;
  }

  #edgesOf(placed: Placed): Draft[] {
    const { node, spec, room } = placed;
    return Object.entries(spec.ports ?? {}).flatMap(([port, targets]) => {
      const from = leaving(placed, port);
      const counts = this.#options.portCounts?.get(`${node.key}/${port}`);
      const error = parsePort(port)?.name === 'error';
      const ends = targets.flatMap((target) => this.#endsOf(target, spec, room, node));
      if (from.length * ends.length > this.#arrowsLeft) return [];
      this.#arrowsLeft -= from.length * ends.length;
      return from.flatMap((key) =>
        ends.map((end) => ({ from: key, port, to: end.key, toPort: end.port, error, ...(counts && { counts }) })),
      );
    });
  }

  #endsOf(target: PortTarget, { namespace }: NodeSpec, room: Room, from: DrawnNode): readonly End[] {
    const { id, name = '', port } = target;
    if (target.target !== undefined) {
      const key = `${target.target} ${name}`;
      this.#add({ key, label: name, detail: target.target, type: 'remote' });
      return [{ key, port }];
    }
    const found = id === undefined ? room.byName.get(`${namespace}/${name}`) : room.byId.get(id.toLowerCase());
    const ends = found === undefined ? [] : arriving(found, port);
    if (ends.length > 0) return ends;
    const label = found === undefined ? name || id || '' : `${name || id}/${port}`;
    const key = `? ${from.inside ?? namespace}/${label}`;
    const inside = from.inside === undefined ? {} : { inside: from.inside };
    this.#add({ key, label, detail: 'missing', type: 'missing', ...inside });
    return [{ key, port }];
  }

  #add(node: DrawnNode): void {
    if (!this.#nodes.has(node.key)) this.#nodes.set(node.key, node);
  }
}

function emptyRoom(): Room {
  return { byName: new Map(), byId: new Map() };
}

/** Where a packet to an in-port arrives: for a block, at the nodes inside, each once however many ways lead there. */
function arriving(placed: Placed, port: string): readonly End[] {
  const { node, block, arrivals } = placed;
  if (block === undefined) return [{ key: node.key, port }];
  const known = arrivals.get(port);
  if (known !== undefined) return known;
  const ends = innerPorts(block.composition.inbounds, port).flatMap((inner) => {
    const found = inside(placed, inner);
    return found === undefined ? [] : arriving(found, inner.port);
  });
  const distinct = [...new Map(ends.map((end) => [`${end.key} ${end.port}`, end])).values()];
  arrivals.set(port, distinct);
  return distinct;
}

/** The nodes that what leaves by an out-port comes from; of a block that does not say, the first one inside. */
function leaving(placed: Placed, port: string): readonly string[] {
  const { node, block, departures } = placed;
  if (block === undefined) return [node.key];
  const known = departures.get(port);
  if (known !== undefined) return known;
  const found = innerPorts(block.composition.outbounds, port).flatMap((inner) => {
    const within = inside(placed, inner);
    return within === undefined ? [] : leaving(within, inner.port);
  });
  const [first] = block.room.byName.values();
  const keys = found.length > 0 ? found : first === undefined ? [node.key] : leaving(first, port);
  const distinct = [...new Set(keys)];
  departures.set(port, distinct);
  return distinct;
}

function innerPorts(ports: Composition['inbounds'], port: string): readonly InnerPort[] {
  const full = matchPort(Object.keys(ports), port);
  return full === undefined ? [] : (ports[full] ?? []);
}

function inside({ block, spec }: Placed, { id, name }: InnerPort): Placed | undefined {
  return id === undefined
    ? block?.room.byName.get(`${spec.namespace}/${name}`)
    : block?.room.byId.get(id.toLowerCase());
}
