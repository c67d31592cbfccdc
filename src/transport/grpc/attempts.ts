interface Attempt {
  readonly call?: { readonly child?: WireCall | null };
}

interface WireCall {
  readonly decoder?: { readonly readState?: number };
  readonly http2Stream?: { end?: unknown; writableEnded?: boolean };
}

/*
 * What a call of grpc-js knows and does not say. Its attempts on the wire hang three private fields below it; where one is
 * missing nothing is found, the symptoms are back, and tests in hostile/ fail.
 */
function attemptsOf(call: object): readonly Attempt[] {
  return (call as { child?: { underlyingCalls?: readonly Attempt[] } | null }).child?.underlyingCalls ?? [];
}

/** True when the bytes of the responses ended inside a message: grpc-js drops such a rest silently and reports OK. */
export function endsInsideMessage(call: object): boolean {
  return attemptsOf(call).some((attempt) => (attempt.call?.child?.decoder?.readState ?? 0) !== 0);
}

/**
 * Makes the cancel that follows a mere reset. Symptom: a server sees the requests of a cancelled call come to a clean end and
 * acts on them. Cause: node:http2 half-closes a stream before it resets it. May go when it no longer does.
 */
export function cancelWithoutEnd(call: object): void {
  for (const attempt of attemptsOf(call)) {
    const stream = attempt.call?.child?.http2Stream;
    if (stream !== undefined && stream.writableEnded === false) stream.end = () => stream;
  }
}
