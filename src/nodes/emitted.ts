import type { EmitOptions, SourceContext } from './node-context.ts';
import { asError, type Reply } from './reply.ts';

/** What a process that a source starts is answered with; also that it could not be started is an Error. Never rejects. */
export async function emitted(source: SourceContext, payload: unknown, options: EmitOptions = {}): Promise<Reply> {
  try {
    return await source.emit(payload, options);
  } catch (thrown) {
    return asError(thrown);
  }
}
