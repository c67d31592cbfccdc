import { type CancelKind, CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import type { HandlerContext, Peer } from '../core/context.ts';
import { deadlineFrom } from '../core/deadline.ts';
import type { Key } from '../core/key.ts';
import { Metadata, type MetadataInit } from '../core/metadata.ts';
import { type Method, rawMethod } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';

export interface FakeContextOptions {
  /** Such as `Greeter.methods.sayHello`. Default: a unary method that belongs to no service. */
  method?: Method;
  /** What the caller sent. */
  metadata?: MetadataInit;
  /** Default `{ address: 'in-process' }`. */
  peer?: Peer;
  /** Milliseconds from now until `signal` aborts with reason `deadline`. Default none. */
  timeoutMs?: number;
  /** Cancels the context with reason `cancelled`. */
  signal?: AbortSignal;
  /** What interceptors would have set: `[[user, 'ada']]`. */
  values?: Iterable<readonly [Key<unknown>, unknown]>;
}

/** The context of a call that never was. Dispose it when it had a timeout, so that its timer goes. */
export interface FakeContext extends HandlerContext, Disposable {
  /** Whether the handler called `sendHeader()`. */
  readonly headerSent: boolean;
  /** Aborts `signal`. Default reason: `client-gone`. */
  cancel(kind?: CancelKind): void;
}

const optionNames = ['method', 'metadata', 'peer', 'timeoutMs', 'signal', 'values'];

/** What a handler gets beside its message, for calling it as the function it is: `sayHello({ name }, fakeContext())`. */
export function fakeContext(options: FakeContextOptions = {}): FakeContext {
  checkOptions('fakeContext', options, optionNames);
  const { method = rawMethod('/test.Test/Test', { kind: 'unary', known: true }), metadata, values = [] } = options;
  const { peer = { address: 'in-process', security: 'local' }, timeoutMs, signal } = options;
  const cancellation = new Cancellation({ deadline: deadlineFrom({ timeoutMs }), signal });
  const known = new Map(values);
  let headerSent = false;
  return {
    method,
    side: 'server',
    peer,
    deadline: cancellation.deadline,
    get signal() {
      return cancellation.signal;
    },
    metadata: new Metadata(metadata),
    get: <T>(key: Key<T>) => {
      const own = key as Key<unknown>;
      if (!known.has(own) && key.perCall !== undefined) known.set(own, key.perCall());
      return known.has(own) ? (known.get(own) as T) : key.initial;
    },
    header: new Metadata(),
    trailer: new Metadata(),
    get headerSent() {
      return headerSent;
    },
    sendHeader() {
      headerSent = true;
    },
    cancel: (kind = 'client-gone') => cancellation.cancel(new CancelReason(kind)),
    [Symbol.dispose]: () => cancellation.close(),
  };
}
