import { connect, type Metadata } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { type Probe, ProbeService } from '../../suites/probe-service.ts';
import type { Ended, OpenClient, Pending } from './client-victim.ts';

const probe: Probe = { text: 'a', n: 1 };

export const ourClient: OpenClient = ({ port, action, retry: retried }, deadline) => {
  // A hammer is to see the pauses as they come.
  const reconnect = action === 'hammer' ? {} : { initialBackoffMs: 100 };
  const interceptors =
    retried === undefined
      ? []
      : [
          retry({
            attempts: retried.attempts,
            baseDelayMs: retried.pauseMs,
            maxDelayMs: retried.pauseMs,
            nonIdempotent: true,
          }),
        ];
  const channel = connect(`127.0.0.1:${port}`, { reconnect, interceptors });
  const client = channel.client(ProbeService);
  return {
    unary(metadata = {}) {
      try {
        const call = client.unary(probe, { deadline, metadata: metadata as unknown as Metadata });
        const ended = call.status.then(({ code, message }) => ({ code, message, messages: 0 }), refused);
        return { ended, cancel: () => call.cancel() };
      } catch (error) {
        return refusedCall(error);
      }
    },
    stream() {
      const call = client.serverStream(probe, { deadline });
      const read = async (): Promise<Ended> => {
        let messages = 0;
        try {
          for await (const _ of call) messages += 1;
        } catch {
          // The status tells.
        }
        const { code, message } = await call.status;
        return { code, message, messages };
      };
      // Nobody listens to a stream that is to be cancelled at once.
      const ended =
        action === 'cancel' ? call.status.then(({ code, message }) => ({ code, message, messages: 0 })) : read();
      return { ended, cancel: () => call.cancel() };
    },
    close: () => channel.close(),
  };
};

function refused(error: unknown): Ended {
  return { code: 'refused at once', message: (error as Error).message, messages: 0 };
}

function refusedCall(error: unknown): Pending {
  return { ended: Promise.resolve(refused(error)), cancel: () => {} };
}
