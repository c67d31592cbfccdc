import {
  Code,
  connect,
  createServer,
  DebugInfo,
  debugInfo,
  decodeDetails,
  ErrorInfo,
  errorInfo,
  findDetail,
  type Interceptor,
  type Status,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { type DeadlineOptions, deadline } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { run } from '../suites/kinds.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';

/** What a caller reads of a server whose handler keeps to itself what its backend said. */
async function swallowed(front: DeadlineOptions, backend: readonly Interceptor[]): Promise<Status> {
  await using behind = createServer({ logger: silentLogger, interceptors: backend }).add(ProbeService, {
    ...echo,
    unary: () => {
      throw new StatusError(Code.DEADLINE_EXCEEDED, 'query on postgres://svc:CANARY@10.0.0.5 took too long', {
        details: [
          errorInfo({ reason: 'CANARY', domain: 'db' }),
          errorInfo({
            reason: 'DEADLINE_EXCEEDED',
            domain: 'flowrpc',
            metadata: { method: '/c.C/Find', totalMs: '7', target: 'CANARY', slowest: 'CANARY' },
          }),
          debugInfo({ stackEntries: ['CANARY at internal.ts:12'] }),
        ],
      });
    },
  });
  await using channel = connect((await behind.listen('127.0.0.1:0')).address, { interceptors: [deadline()] });
  await using server = createServer({ logger: silentLogger, interceptors: [deadline(front)] }).add(ProbeService, {
    ...echo,
    clientStream: async () => {
      const { code } = await channel.client(ProbeService).unary({ text: '', n: 1 }).status;
      throw new StatusError(code as typeof Code.DEADLINE_EXCEEDED, 'No stock in time');
    },
  });
  await using outer = connect((await server.listen('127.0.0.1:0')).address);
  return (await run(outer.client(ProbeService), 'clientStream')).status;
}

const texts = (status: Status): string =>
  JSON.stringify([status.message, decodeDetails(status).map(({ message, bytes }) => message ?? bytes)], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );

describe.each([
  ['without', []],
  ['with', [deadline()]],
])('deadline() in front of a backend %s one', (_with, backend) => {
  test('report: methods tells nothing that a peer said and a handler kept to itself, but methods and times', async () => {
    const status = await swallowed({}, backend);

    expect(status.message).toMatch(
      /^No stock in time after \d+ ms in \/suite\.Probe\/ClientStream: \d+ ms here, \d+ ms in \/suite\.Probe\/Unary \(Deadline exceeded after \d+ ms in \/suite\.Probe\/Unary\)$/,
    );
    expect(texts(status)).not.toContain('CANARY');
    expect(findDetail(status, DebugInfo)).toBeUndefined();
    const methods = decodeDetails(status).map(({ message }) => (message as ErrorInfo).metadata.method);
    expect(methods).toEqual(['/suite.Probe/ClientStream', '/suite.Probe/Unary', '/c.C/Find']);
  });

  test('report: addresses quotes it, and leaves out what is for developers', async () => {
    const status = await swallowed({ report: 'addresses' }, backend);

    expect(status.message).toContain('postgres://');
    expect(findDetail(status, ErrorInfo)).toMatchObject({ domain: 'flowrpc' });
    expect(findDetail(status, DebugInfo)).toBeUndefined();
  });
});
