interface Internals {
  readonly child?: {
    readonly underlyingCalls?: readonly {
      readonly call?: { readonly child?: { readonly httpStatusCode?: number } | null };
    }[];
  } | null;
}

/**
 * True when HTTP answered a call of grpc-js that gRPC did not: a proxy between that has no server just now. Where the private fields are
 * missing it is false.
 */
export function answeredByHttp(call: object): boolean {
  const attempts = (call as Internals).child?.underlyingCalls ?? [];
  return attempts.some((attempt) => (attempt.call?.child?.httpStatusCode ?? 200) !== 200);
}
