import * as grpc from '@grpc/grpc-js';
import { connect, type Metadata } from 'flowrpc';
import { type Probe, ProbeService } from '../../suites/probe-service.ts';

/*
 * A process with a client of one side, `client-victim.ts bare|ours`: does what its parent asks, against the port that it names, and
 * tells how each call ended.
 */

export interface Task {
  readonly port: number;
  readonly action: 'unary' | 'stream' | 'cancel' | 'beside';
  /** What the call is given; a deadline as JSON cannot say it. */
  readonly deadline?: 'soon' | 'later' | 'none' | 'NaN' | 'beyond any clock';
  readonly metadata?: Record<string, string>;
}

export interface Ended {
  readonly code: number | 'refused at once';
  readonly message: string;
  readonly messages: number;
}

const deadlines: Record<NonNullable<Task['deadline']>, () => number | Date | undefined> = {
  soon: () => Date.now() + 6_000,
  later: () => Date.now() + 20_000,
  none: () => undefined,
  NaN: () => Number.NaN,
  'beyond any clock': () => new Date(8.64e15),
};

const probe: Probe = { text: 'a', n: 1 };

async function ours({ port, action, deadline: given = 'soon', metadata = {} }: Task): Promise<Ended[]> {
  await using channel = connect(`127.0.0.1:${port}`, { reconnect: { initialBackoffMs: 100 } });
  const client = channel.client(ProbeService);
  const deadline = deadlines[given]();
  const unary = async (extra: Record<string, string> = {}): Promise<Ended> => {
    try {
      const { code, message } = await client.unary(probe, { deadline, metadata: extra as unknown as Metadata }).status;
      return { code, message, messages: 0 };
    } catch (error) {
      return { code: 'refused at once', message: (error as Error).message, messages: 0 };
    }
  };
  if (action === 'unary') return [await unary(metadata)];
  if (action === 'beside') {
    const others = [unary(), unary()];
    await new Promise((resolve) => setTimeout(resolve, 100));
    return await Promise.all([unary(metadata), ...others]);
  }
  const call = client.serverStream(probe, { deadline });
  if (action === 'cancel') {
    call.cancel();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return [{ ...(await call.status), messages: 0 }];
  }
  let messages = 0;
  try {
    for await (const _ of call) messages += 1;
  } catch {
    // The status tells.
  }
  const { code, message } = await call.status;
  return [{ code, message, messages }];
}

async function bare({ port, action, deadline: given = 'soon', metadata = {} }: Task): Promise<Ended[]> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const deadline = deadlines[given]();
  const options = deadline === undefined ? {} : { deadline };
  const { encode, decode } = ProbeService.methods.unary.request;
  const serialize = (value: Probe): Buffer => Buffer.from(encode(value));
  const made = (pairs: Record<string, string>): grpc.Metadata => {
    const all = new grpc.Metadata();
    for (const [key, value] of Object.entries(pairs)) all.set(key, value);
    return all;
  };
  const unary = (extra: Record<string, string> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      try {
        client.makeUnaryRequest('/suite.Probe/Unary', serialize, decode, probe, made(extra), options, (error) =>
          resolve({ code: error?.code ?? 0, message: error?.details ?? '', messages: 0 }),
        );
      } catch (error) {
        resolve({ code: 'refused at once', message: (error as Error).message, messages: 0 });
      }
    });
  if (action === 'unary') return [await unary(metadata)];
  if (action === 'beside') {
    const others = [unary(), unary()];
    await new Promise((resolve) => setTimeout(resolve, 100));
    return Promise.all([unary(metadata), ...others]);
  }
  const call = client.makeServerStreamRequest('/suite.Probe/ServerStream', serialize, decode, probe, options);
  if (action === 'cancel') {
    setImmediate(() => call.cancel());
    await new Promise((resolve) => setTimeout(resolve, 200));
    return [{ code: 1, message: '', messages: 0 }];
  }
  let messages = 0;
  call.on('data', () => (messages += 1));
  call.on('error', () => {});
  return new Promise((resolve) => {
    call.on('status', ({ code, details }) => resolve([{ code, message: details, messages }]));
  });
}

process.on('message', async (task: Task) => {
  process.send?.({ ended: await (process.argv[2] === 'bare' ? bare(task) : ours(task)) });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
