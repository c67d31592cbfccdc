import type { Call, Code, Interceptor } from 'flowrpc';

export interface Seen {
  readonly path: string;
  readonly side: string;
  readonly code: Code;
  readonly call: Call;
}

/** Keeps every call it sees, in the order in which they ended. */
export function witness(): { seen: Seen[]; interceptor: Interceptor } {
  const seen: Seen[] = [];
  const interceptor: Interceptor = async function witness(call, next) {
    const status = await next(call);
    seen.push({ path: call.method.path, side: call.side, code: status.code, call });
    return status;
  };
  return { seen, interceptor };
}
