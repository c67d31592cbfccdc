import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { PortTarget } from 'flowrpc/graph';
import type { Template } from './edge-graphs.ts';
import { worker } from './from-here.ts';

export interface GraphProcess extends Disposable {
  /** The way to a node of a template that leads to one more node, both in that process. */
  pair(template: Template): PortTarget;
  /** The way to a node that leads nowhere. */
  readonly leaf: PortTarget;
}

/** A fresh process that serves nodes; it ends when disposed. */
export async function startGraphProcess(): Promise<GraphProcess> {
  const { path, execArgv } = worker('graph');
  const child: ChildProcess = fork(path, [], { execArgv });
  const [{ target }] = (await once(child, 'message')) as [{ target: string }];
  const to = (node: string): PortTarget => ({ target, name: `default.${node}`, port: 'in' });
  return { pair: (template) => to(`${template}0`), leaf: to('oneToOne1'), [Symbol.dispose]: () => child.kill() };
}
