import type { RemoteMethod } from '../nodes/remote-method.ts';
import type { Logger } from '../observability/logger.ts';

/** Asks for descriptors outside this graph ahead of the first packet. A peer may come up later, so failing is only noted. */
export async function lookAhead(remotes: readonly RemoteMethod[], logger: Logger): Promise<void> {
  const look = async (remote: RemoteMethod): Promise<void> => {
    try {
      await remote.resolve();
    } catch (error) {
      logger.warn('the target of an edge is not there yet', { target: remote.label, error: String(error) });
    }
  };
  await Promise.all(remotes.map(look));
}
