import { Cancellation } from '../../core/cancellation.ts';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { LiveChannel } from './live-channel.ts';

/** Connects; resolves once calls can be sent. Rejects with UNAVAILABLE when closed or given up, DEADLINE_EXCEEDED or CANCELLED. */
export async function untilReady(
  channel: LiveChannel,
  { signal, deadline }: { signal?: AbortSignal; deadline?: number },
): Promise<void> {
  const { target } = channel;
  const cancellation = new Cancellation({ signal, deadline });
  let stop: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const { state, failure } = channel;
        if (state === 'ready') resolve();
        else if (failure !== undefined) reject(new StatusError(Code.UNAVAILABLE, failure));
        else channel.connect();
      };
      const stops = [channel.states.add(look), channel.connections.add(look)];
      stop = () => {
        for (const each of stops) each();
      };
      cancellation.on(({ code, statusMessage }) =>
        reject(new StatusError(code, `Cannot connect to ${target}: ${statusMessage}`)),
      );
      look();
    });
  } finally {
    stop?.();
    cancellation.close();
  }
}
