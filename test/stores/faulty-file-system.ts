import * as node from 'node:fs/promises';
import type { FileSystem } from 'flowrpc/stores';

/** Decides what becomes of one system call: an error to throw, a promise to wait for, or nothing. */
export type Fault = (call: { readonly index: number; readonly name: string }) => unknown;

/** `node:fs/promises`, and the calls on files it opens, with a fault before each one. Calls are counted from 1, what is opened is listed. */
export function faultyFileSystem(fault: Fault, opened: node.FileHandle[] = []): FileSystem {
  let index = 0;
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name: string) {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]): Promise<unknown> => {
          index += 1;
          const failure = await fault({ index, name });
          if (failure !== undefined) throw failure;
          const result = (await Reflect.apply(member, target, args)) as unknown;
          if (name !== 'open') return result;
          opened.push(result as node.FileHandle);
          return wrap(result as object);
        };
      },
    });
  return wrap({ ...node }) as FileSystem;
}

/** An error as the system gives it. */
export function errno(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: it was made to fail`), { code });
}
