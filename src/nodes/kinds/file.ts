import { isAbsolute, resolve } from 'node:path';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { oneOf, wholeNumber } from '../field-checks.ts';
import { listFolder, statFile } from '../files/look.ts';
import { readBytes, readStream } from '../files/read-file.ts';
import { Root } from '../files/root.ts';
import { appendFile, deleteFile, replaceFile } from '../files/write-file.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { oneToOne } from '../one-to-one.ts';
import { fieldsOf, isMapping, optional, text } from '../schema.ts';
import { shownKind } from '../shown-kind.ts';

const operations = ['read', 'write', 'append', 'list', 'delete', 'stat'] as const;
type Operation = (typeof operations)[number];
const forms = ['text', 'bytes', 'json', 'stream'] as const;

const defaultBytes = 4 * 1024 * 1024;

/** Reads, writes, lists or deletes files inside of one folder. */
export const fileKind = defineKind({
  kind: 'file',
  spec: fieldsOf({
    root: text('the path of a folder'),
    path: optional(text('the path of a file, from root')),
    op: optional(oneOf(operations)),
    as: optional(oneOf(forms)),
    maxBytes: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  }),
  fields: ['root', 'path', 'op', 'as', 'maxBytes'],
  setup({ root: folder, path: fixed, op = 'read', as = 'text', maxBytes }, { baseDir }) {
    const root = new Root(isAbsolute(folder) ? folder : resolve(baseDir, folder));
    const most = maxBytes ?? defaultBytes;
    const run: Readonly<Record<Operation, (asked: Asked, context: NodeContext) => Promise<unknown>>> = {
      async read({ path }, { process }) {
        if (as === 'stream') return await readStream(root, path, maxBytes ?? Number.POSITIVE_INFINITY, process);
        const bytes = await readBytes(root, path, most);
        return as === 'bytes' ? bytes : asForm(as, bytes, path);
      },
      write: async ({ path, data }) => ({ path: String(path), bytes: await replaceFile(root, path, data, most) }),
      append: async ({ path, data }) => ({ path: String(path), bytes: await appendFile(root, path, data, most) }),
      list: async ({ path }) => await listFolder(root, path ?? '.'),
      stat: async ({ path }) => await statFile(root, path),
      async delete({ path }) {
        await deleteFile(root, path);
        return { path: String(path) };
      },
    };
    return oneToOne((payload, context) => run[op](asked(payload, fixed, op), context));
  },
});

/** What a packet asks for. */
interface Asked {
  readonly path: unknown;
  readonly data?: unknown;
}

function asked(payload: unknown, fixed: string | undefined, op: Operation): Asked {
  const writes = op === 'write' || op === 'append';
  if (fixed !== undefined) return { path: fixed, data: payload };
  if (typeof payload === 'string' && !writes) return { path: payload };
  if (
    isMapping(payload, ['path', 'data']) &&
    typeof payload.path === 'string' &&
    (!writes || payload.data !== undefined)
  )
    return { path: payload.path, data: payload.data };
  if (op === 'list' && payload === null) return { path: undefined };
  const wanted = writes ? '{ path, data }' : 'a path, or { path }';
  throw new StatusError(Code.INVALID_ARGUMENT, `Cannot ${op} with ${shownKind(payload)} as payload: wanted ${wanted}`);
}

function asForm(as: 'text' | 'json', bytes: Uint8Array, path: unknown): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return as === 'json' ? (JSON.parse(text) as unknown) : text;
  } catch (cause) {
    const wanted = as === 'json' ? 'JSON' : 'UTF-8 text, or as: bytes';
    throw new StatusError(Code.FAILED_PRECONDITION, `Cannot read ${JSON.stringify(path)}: wanted ${wanted}`, { cause });
  }
}
