import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { type AddressInfo, connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import type { ListenAddress } from './target.ts';
import { formatAddress } from './target.ts';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EACCES: 'no permission',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up',
  ENOENT: 'the directory does not exist',
  EINVAL: 'the address is not valid',
};

export interface Bound {
  readonly address: string;
  readonly port?: number;
}

/** Opens the address; rejects with an Error that quotes it and says why. A Unix socket that nobody listens on any more is replaced. */
export async function bind(server: Server, where: ListenAddress, text: string): Promise<Bound> {
  try {
    await listen(server, where);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const stale = code === 'EADDRINUSE' && 'path' in where && (await isStale(where.path));
    if (!stale) throw new Error(`Cannot listen on "${text}": ${reasonOf(where, code) ?? message}`, { cause });
    unlinkSync(where.path);
    await listen(server, where);
  }
  if ('path' in where) return { address: `unix:${where.path}` };
  const { address, port } = server.address() as AddressInfo;
  return { address: formatAddress(address, port), port };
}

function reasonOf(where: ListenAddress, code: string): string | undefined {
  // Node reports a missing directory as EACCES.
  if ('path' in where && code === 'EACCES' && !existsSync(dirname(where.path))) return reasons.ENOENT;
  return reasons[code];
}

function listen(server: Server, where: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

/** A socket file is left behind by a process that was killed. */
async function isStale(path: string): Promise<boolean> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}
