import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { detached, type Interceptor, jsonLogger, type Logger } from 'flowrpc';
import { parsePolicy } from './authz/authz-check.ts';
import type { AuthzPolicy } from './authz/authz-policy.ts';
import { type AuthzOptions, authorizing, denied, type Loaded } from './authz.ts';
import { longestTimerMs } from './calls/longest-timer.ts';

export interface AuthzFileOptions extends AuthzOptions {
  /** How often the file is read again; `false` for never by itself. Default 1,000. */
  reloadMs?: number | false;
  logger?: Logger;
}

/** The interceptor with the policy it holds to. */
export interface AuthzFile extends Interceptor, AsyncDisposable {
  readonly policy: AuthzPolicy;
  /** Reads the file anew, after a read that is under way; true when there was a new policy in it, and a good one. */
  reload(): Promise<boolean>;
  /** Stops reading. The policy stays in force. */
  close(): Promise<void>;
}

/**
 * `authz` by a JSON file, which is read again and again: a new policy holds from one call to the next, in one step. While the file
 * is missing, half-written or wrong the old policy stays, and the log gets one line. At the start such a file is an error.
 */
export function authzFile(
  path: string,
  { reloadMs = 1_000, logger = jsonLogger(), ...options }: AuthzFileOptions = {},
): AuthzFile {
  if (reloadMs !== false && !(reloadMs > 0 && reloadMs <= longestTimerMs))
    throw new RangeError(`Cannot reload ${path} every ${reloadMs} ms: wanted more than 0, or false`);
  const { load, enforce } = authorizing(options);
  let text = start(path);
  let loaded = loadText(text);
  let problem: string | undefined;
  let reading: Promise<boolean> | undefined;
  let queued: Promise<boolean> | undefined;
  let closed = false;

  const interceptor: Interceptor = async function authzFile(call, next) {
    return enforce(loaded, call) ? next(call) : denied();
  };

  function loadText(from: string): Loaded {
    try {
      return load(parsePolicy(from));
    } catch (error) {
      throw new TypeError(`Cannot load ${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  async function read(): Promise<boolean> {
    try {
      const now = await readFile(path, 'utf8');
      const changed = now !== text;
      if (changed && !closed) {
        loaded = loadText(now);
        text = now;
        logger.info('authorization policy loaded', { path, policy: loaded.rules.policy.name });
      }
      problem = undefined;
      return changed && !closed;
    } catch (error) {
      const { message } = error as Error;
      if (message !== problem && !closed)
        logger.warn('authorization policy not loaded, the one before stays', { path, error: message });
      problem = message;
      return false;
    }
  }

  const readOnce = (): Promise<boolean> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  // What is under way may have read the file before it was written.
  const reload = (): Promise<boolean> => {
    if (reading === undefined) return readOnce();
    queued ??= reading.then(() => {
      queued = undefined;
      return readOnce();
    });
    return queued;
  };
  // Not part of the call that happened to make it, and no reason for a process to live on.
  const timer = reloadMs === false ? undefined : detached(() => setInterval(readOnce, reloadMs).unref());
  const close = async (): Promise<void> => {
    closed = true;
    clearInterval(timer);
    await (queued ?? reading);
  };
  return Object.defineProperties(interceptor, {
    policy: { get: () => loaded.rules.policy },
    reload: { value: reload },
    close: { value: close },
    [Symbol.asyncDispose]: { value: close },
  }) as AuthzFile;
}

function start(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`Cannot read the authorization policy: ${(error as Error).message}`, { cause: error });
  }
}
