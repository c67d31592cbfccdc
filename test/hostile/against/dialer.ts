import dns from 'node:dns';
import * as grpc from '@grpc/grpc-js';

/*
 * A process with a client of one side, `dialer.ts bare|ours`: calls the target that its parent names, once, and tells how the call ended. What
 * names stand for comes with the task, and nobody is asked. Ours is loaded only where it is asked for: it keeps grpc-js from printing headers.
 */

export interface Dial {
  readonly target: string;
  /** What names stand for. */
  readonly addresses?: readonly string[];
  /** The authority to believe; without it plaintext. */
  readonly ca?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Dialed {
  readonly code: number;
  readonly message: string;
  /** How often a TXT record was asked for. */
  readonly txtLookups: number;
}

let addresses: readonly string[] = [];
let txtLookups = 0;
dns.promises.lookup = (async () => {
  if (addresses.length === 0) throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
  return addresses.map((address) => ({ address, family: 4 }));
}) as never;
dns.promises.resolveTxt = async () => {
  txtLookups += 1;
  return [];
};

async function ours({ target, ca, metadata = {}, timeoutMs = 10_000 }: Dial): Promise<Omit<Dialed, 'txtLookups'>> {
  const [{ connect }, { ProbeService }] = await Promise.all([
    import('flowrpc'),
    import('../../suites/probe-service.ts'),
  ]);
  await using channel = connect(target, ca === undefined ? {} : { tls: { ca } });
  const { code, message } = await channel.client(ProbeService).unary({ text: 'a', n: 1 }, { timeoutMs, metadata })
    .status;
  return { code, message };
}

async function bare({ target, ca, metadata = {}, timeoutMs = 10_000 }: Dial): Promise<Omit<Dialed, 'txtLookups'>> {
  const { credentials } = grpc;
  const client = new grpc.Client(
    target,
    ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca)),
  );
  const pairs = new grpc.Metadata();
  for (const [key, value] of Object.entries(metadata)) pairs.set(key, value);
  const error = await new Promise<grpc.ServiceError | null>((resolve) => {
    const identity = (bytes: Buffer): Buffer => bytes;
    const options = { deadline: Date.now() + timeoutMs };
    const request = Buffer.from('{"text":"a","n":1}');
    client.makeUnaryRequest('/suite.Probe/Unary', identity, identity, request, pairs, options, resolve);
  });
  client.close();
  return { code: error?.code ?? 0, message: error?.details ?? '' };
}

process.on('message', async (task: Dial) => {
  addresses = task.addresses ?? [];
  txtLookups = 0;
  const ended = await (process.argv[2] === 'ours' ? ours(task) : bare(task));
  process.send?.({ dialed: { ...ended, txtLookups } satisfies Dialed });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
