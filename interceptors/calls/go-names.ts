import { type Code, codeName, type MethodKind } from 'flowrpc';

/** The four kinds as go-grpc-middleware and go-grpc-prometheus name them. */
export const goKinds: Readonly<Record<MethodKind, string>> = {
  unary: 'unary',
  serverStream: 'server_stream',
  clientStream: 'client_stream',
  bidi: 'bidi_stream',
};

/** A code as Go's `codes.Code` prints it: `DeadlineExceeded`; one word it spells its own way. */
export function goCode(code: Code): string {
  const name = codeName(code);
  if (name === 'OK') return name;
  if (name === 'CANCELLED') return 'Canceled';
  return name.toLowerCase().replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase());
}
