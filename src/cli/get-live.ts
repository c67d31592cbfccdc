import { decodeValue } from '../wire/value.ts';
import { type ControlChannel, openControl } from './control-channel.ts';
import { allPages } from './control-documents.ts';
import { defaultHost } from './document-options.ts';
import type { GetOptions } from './get.ts';
import { errorJson, outcomeJson, payloadText, stateOf, timeOf } from './live-values.ts';
import { jsonLine, oneLine, print } from './output.ts';
import { table } from './table.ts';

/** Prints the nodes of a server, and why those do not run that do not. Gives how many there are. */
export function nodes(name = '', options: GetOptions): Promise<number> {
  return show(options, async ({ client }, call) => {
    const { namespace = '', where = '' } = options;
    const found = await allPages(async (pageToken) => {
      const page = await client.listNodes({ namespace, name, where, pageSize: 1_000, pageToken }, call);
      return { items: page.nodes, next: page.nextPageToken };
    });
    return found.map(({ status, revision, refusedRevision, traffic, reason, refused, ...node }) => {
      const state = stateOf({ status });
      const { packets = 0n, errors = 0n } = traffic ?? {};
      const why = reason !== '' ? `: ${reason}` : refused !== '' ? `, newer spec refused: ${refused}` : '';
      return {
        cells: {
          service: node.service,
          kind: node.kind,
          packets: String(packets),
          errors: String(errors),
          processes: String(node.processes),
          status: `${state}${why}`,
        },
        json: {
          ...node,
          status: state,
          ...(reason !== '' && { reason }),
          ...(refused !== '' && { refused, refusedRevision: Number(refusedRevision) }),
          revision: Number(revision),
          packets: Number(packets),
          errors: Number(errors),
        },
      };
    });
  });
}

/** Prints the processes under way, or one of them by id. */
export function processes(name: string | undefined, options: GetOptions): Promise<number> {
  return show(options, async ({ client }, call) => {
    const { where = '' } = options;
    const own = name === undefined ? where : both(where, `self.id == ${JSON.stringify(name)}`);
    const found = await allPages(async (pageToken) => {
      const page = await client.listProcesses({ where: own, pageSize: 1_000, pageToken }, call);
      return { items: page.processes, next: page.nextPageToken };
    });
    return found.map(({ id, parent, node, status, startTime, endTime, error, data }) => {
      const started = timeOf(startTime);
      return {
        cells: { id, node, status, started, parent: parent || '-' },
        json: {
          id,
          ...(parent !== '' && { parent }),
          node,
          status,
          startTime: started,
          ...(endTime !== undefined && { endTime: timeOf(endTime) }),
          ...(error && { error: errorJson(error) }),
          data: decodeValue(data ?? new Uint8Array()),
        },
      };
    });
  });
}

/** Prints the frames that are recorded, of all processes or of one by id. */
export function frames(process = '', options: GetOptions): Promise<number> {
  return show(options, async ({ client }, call) => {
    const { where = '' } = options;
    const found = await allPages(async (pageToken) => {
      const page = await client.listFrames({ filter: { process, where }, pageSize: 1_000, pageToken }, call);
      return { items: page.frames, next: page.nextPageToken };
    });
    return found.map(({ payload, outcome, startTime, endTime, ...frame }) => {
      const ended = outcomeJson(outcome);
      return {
        cells: {
          id: String(frame.id),
          process: frame.process,
          node: frame.node,
          port: frame.outPort || frame.inPort,
          outcome: Object.keys(ended)[0] ?? 'open',
          payload: payloadText({ payload }),
        },
        json: {
          ...frame,
          payload: decodeValue(payload ?? new Uint8Array()),
          startTime: timeOf(startTime),
          ...(endTime !== undefined && { endTime: timeOf(endTime) }),
          ...ended,
        },
      };
    });
  });
}

/** Prints what is wrong with specs, values and stores, or with one node. */
export function problems(name: string | undefined, options: GetOptions): Promise<number> {
  return show(options, async ({ client }, call) => {
    const { where = '' } = options;
    const own = name === undefined ? where : both(where, nodeIs(name));
    const found = await allPages(async (pageToken) => {
      const page = await client.listProblems({ where: own, pageSize: 1_000, pageToken }, call);
      return { items: page.problems, next: page.nextPageToken };
    });
    return found.map(({ severity, message, suggestion, node, id, file, line, column }) => {
      const what = suggestion === '' ? message : `${message}, ${suggestion}`;
      const cells = {
        severity,
        node: node || '-',
        where: file === '' ? '-' : `${file}:${line}:${column}`,
        problem: what,
      };
      const stated = { suggestion, node, id, file, ...(file !== '' && { line, column }) };
      const json = {
        severity,
        message,
        ...Object.fromEntries(Object.entries(stated).filter(([, text]) => text !== '')),
      };
      return { cells, json };
    });
  });
}

interface Row {
  readonly cells: Readonly<Record<string, string>>;
  readonly json: object;
}

async function show(
  options: GetOptions,
  list: (control: ControlChannel, call: { timeoutMs?: number | undefined }) => Promise<readonly Row[]>,
): Promise<number> {
  await using control = await openControl(options.host ?? defaultHost, options);
  const rows = await list(control, { timeoutMs: options.timeout });
  if (options.json) await print(jsonLine(rows.map(({ json }) => json)));
  else if (rows.length === 0) await print('none');
  else {
    const heading = Object.keys(rows[0]!.cells).map((name) => name.toUpperCase());
    await print(table([heading, ...rows.map(({ cells }) => Object.values(cells).map(oneLine))]));
  }
  return rows.length;
}

function nodeIs(name: string): string {
  const text = JSON.stringify(name);
  return `self.node == ${text} || self.id == ${text}`;
}

function both(one: string, other: string): string {
  return one === '' ? other : `(${one}) && (${other})`;
}
