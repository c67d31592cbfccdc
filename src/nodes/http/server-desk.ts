import type { Logger } from '../../observability/logger.ts';
import type { EmitOptions } from '../node-context.ts';
import type { Reply } from '../reply.ts';
import type { HeldBytes } from './server-held-bytes.ts';
import type { ForwardedNames } from './server-payload.ts';
import type { ServerSettings } from './server-settings.ts';

/** What exchanges need of their listener. */
export interface Desk {
  readonly settings: ServerSettings;
  readonly secure: boolean;
  readonly forwarded: ForwardedNames;
  readonly log: Logger;
  /** Bodies of all its requests. */
  readonly held: HeldBytes;
  /** Runs the process of a request, once it is its turn. */
  emit(payload: unknown, options: EmitOptions): Promise<Reply>;
}
