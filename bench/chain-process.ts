import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { worker } from './from-here.ts';

/** Hops of a chain, each a process of its own; they end when disposed. */
export interface Chain extends Disposable {
  /** Where the first hop is. */
  readonly port: number;
  /** The process at the end. */
  readonly last: ChildProcess;
}

/** Starts the hops of a chain, the last one first. */
export async function startChain(style: 'graph' | 'bare', hops: number): Promise<Chain> {
  const children: ChildProcess[] = [];
  let port: number | undefined;
  const { path, execArgv } = worker('chain');
  for (let hop = 0; hop < hops; hop++) {
    const child = fork(path, [style, ...(port === undefined ? [] : [String(port)])], { execArgv });
    children.push(child);
    const [message] = (await once(child, 'message')) as [{ port: number }];
    port = message.port;
  }
  return {
    port: port!,
    last: children[0]!,
    [Symbol.dispose]: () => {
      for (const child of children) child.kill();
    },
  };
}
