interface WireCall {
  readonly child?: WireCall | null;
  readonly underlyingCalls?: readonly { readonly call?: WireCall }[];
  readonly committedCallIndex?: number | null;
  readonly decoder?: { readonly readState?: number };
}

/**
 * True when the bytes of a response stream ended inside a message. grpc-js drops such a rest silently and reports OK; its
 * decoder, four private fields down, still knows. Where a field is missing the answer is false, and a regression test fails.
 */
export function endsInsideMessage(call: object): boolean {
  const retrying = (call as WireCall).child;
  const attempt = retrying?.underlyingCalls?.[retrying.committedCallIndex ?? 0]?.call;
  const state = attempt?.child?.decoder?.readState;
  return state !== undefined && state !== 0;
}
