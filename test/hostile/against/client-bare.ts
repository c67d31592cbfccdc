import * as grpc from '@grpc/grpc-js';
import { type Probe, ProbeService } from '../../suites/probe-service.ts';
import type { Ended, OpenClient } from './client-victim.ts';

const probe: Probe = { text: 'a', n: 1 };
const { encode, decode } = ProbeService.methods.unary.request;
const serialize = (value: Probe): Buffer => Buffer.from(encode(value));

export const bareClient: OpenClient = ({ port, action, retry }, deadline) => {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    ...(retry && { 'grpc.service_config': retrying(retry) }),
  });
  const options = deadline === undefined ? {} : { deadline };
  return {
    unary(metadata = {}) {
      let cancel = (): void => {};
      const ended = new Promise<Ended>((resolve) => {
        try {
          const call = client.makeUnaryRequest(
            '/suite.Probe/Unary',
            serialize,
            decode,
            probe,
            pairs(metadata),
            options,
            (error) => resolve({ code: error?.code ?? 0, message: error?.details ?? '', messages: 0 }),
          );
          cancel = () => call.cancel();
        } catch (error) {
          resolve({ code: 'refused at once', message: (error as Error).message, messages: 0 });
        }
      });
      return { ended, cancel: () => cancel() };
    },
    stream() {
      const call = client.makeServerStreamRequest('/suite.Probe/ServerStream', serialize, decode, probe, options);
      const cancel = (): void => call.cancel();
      // Nobody listens to a stream that is to be cancelled at once.
      if (action === 'cancel') return { ended: Promise.resolve({ code: 1, message: '', messages: 0 }), cancel };
      let messages = 0;
      call.on('data', () => (messages += 1));
      call.on('error', () => {});
      const ended = new Promise<Ended>((resolve) => {
        call.on('status', ({ code, details }) => resolve({ code, message: details, messages }));
      });
      return { ended, cancel };
    },
    close: () => client.close(),
  };
};

function pairs(metadata: Record<string, string>): grpc.Metadata {
  const all = new grpc.Metadata();
  for (const [key, value] of Object.entries(metadata)) all.set(key, value);
  return all;
}

function retrying({ attempts, pauseMs }: { attempts: number; pauseMs: number }): string {
  const pause = `${pauseMs / 1_000}s`;
  const retryPolicy = {
    maxAttempts: attempts,
    initialBackoff: pause,
    maxBackoff: pause,
    backoffMultiplier: 1,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return JSON.stringify({ methodConfig: [{ name: [{}], retryPolicy }] });
}
