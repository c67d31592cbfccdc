import { CancelReason } from '../core/cancel-reason.ts';
import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import type { Graph } from '../graph/index.ts';
import type { ProcessInfo } from '../nodes/processes.ts';
import type { ListProcessesRequest, ProcessState } from '../wire/gen/flowrpc/v1/control.ts';
import { encodeValue } from '../wire/value.ts';
import { rawStatus, timestampOf } from './control-frame.ts';
import { type Page, pageOf } from './control-page.ts';
import type { Raw } from './control-service.ts';
import { heldProcesses } from './debugger.ts';
import { shownPayload } from './frame-payload.ts';
import { whether } from './select.ts';

/** What is shown of a process's data: enough to see what it is. */
const bounds = { maxBytes: 16_384, maxDepth: 8 };

/** What Control shows of the processes of a graph, and does to them. */
export class ProcessesApi {
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  list({ node, parent, where, ...page }: ListProcessesRequest): Page<Raw<ProcessState>> {
    const test = whether(where);
    const held = heldProcesses(this.#graph);
    const meant = this.#graph.processes
      .list()
      .filter((one) => (node === '' || one.entry === node) && (parent === '' || one.parent === parent))
      .filter((one) => where === '' || test(this.#queried(one, held)));
    const { items, nextPageToken } = pageOf(meant, page, {
      key: ({ id, entry, startedAt }) => `${id}/${entry}/${startedAt}`,
      bytes: () => 1_024,
    });
    return { items: items.map((one) => this.#show(one, held)), nextPageToken };
  }

  get(id: string): Raw<ProcessState> {
    const found = this.#graph.processes.list().find((one) => one.id === id);
    if (found === undefined) throw unknown(id);
    return this.#show(found, heldProcesses(this.#graph));
  }

  cancel(id: string, reason: string): void {
    const why = reason === '' ? 'The process was cancelled' : reason.slice(0, 1_024);
    if (!this.#graph.processes.cancel(id, new CancelReason('parent', why, { code: Code.CANCELLED }))) throw unknown(id);
  }

  #show(one: ProcessInfo, held: ReadonlySet<string>): Raw<ProcessState> {
    const { id, parent = '', entry, status, startedAt, endedAt, error } = one;
    return {
      id,
      parent,
      node: entry,
      status: held.has(id) ? 'held' : status,
      startTime: timestampOf(startedAt),
      ...(endedAt !== undefined && { endTime: timestampOf(endedAt) }),
      ...(error !== undefined && { error: this.#failure(error) }),
      data: encodeValue(this.#data(one)),
    };
  }

  /** What conditions see: what is shown, and no more. */
  #queried(one: ProcessInfo, held: ReadonlySet<string>): object {
    const { id, parent, entry, status, startedAt, endedAt } = one;
    return {
      id,
      ...(parent !== undefined && { parent }),
      node: entry,
      status: held.has(id) ? 'held' : status,
      startTime: startedAt,
      ...(endedAt !== undefined && { endTime: endedAt }),
      data: this.#data(one),
    };
  }

  #data({ data }: ProcessInfo): unknown {
    return shownPayload(data, this.#graph.secrets, bounds);
  }

  #failure({ code, message }: NonNullable<ProcessInfo['error']>): NonNullable<Raw<ProcessState>['error']> {
    return rawStatus({ code, message: this.#graph.secrets?.redact(message) ?? message });
  }
}

function unknown(id: string): StatusError {
  return new StatusError(Code.NOT_FOUND, `There is no process "${id.slice(0, 64)}", or it has ended`);
}
