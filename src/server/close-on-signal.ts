import { checkNotNegative, checkOptions } from '../core/options.ts';
import { Interrupt } from './interrupt.ts';
import type { CloseOptions, CloseReport, Server } from './server-options.ts';

/**
 * Waits for SIGTERM or Ctrl-C, then closes the server, and gives what `server.close` gives. After SIGTERM the server settles for 1 s unless
 * told otherwise: health says NOT_SERVING while new calls are still taken, so that whoever watches it goes elsewhere first; Ctrl-C skips
 * that. A second signal ends the process at once. With the grace of 25 s all of it is over before the 30 s are, after which Kubernetes kills.
 * Resolves as well when the server is closed by somebody else.
 */
export async function closeOnSignal(
  server: Server,
  { settleMs = 1_000, graceMs = 25_000, ...rest }: CloseOptions = {},
): Promise<CloseReport> {
  checkOptions('closeOnSignal', rest, ['settleMs', 'graceMs']);
  checkNotNegative('settleMs', settleMs);
  checkNotNegative('graceMs', graceMs);
  using interrupt = new Interrupt();
  await new Promise<void>((resolve) => {
    interrupt.signal.addEventListener('abort', () => resolve(), { once: true });
    server.watch(({ type }) => {
      if (type === 'draining') resolve();
    });
  });
  return await server.close({ settleMs: interrupt.settles ? settleMs : 0, graceMs });
}
