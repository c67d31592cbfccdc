import { Code, connect, type Detail, type Metadata, StatusError } from 'flowrpc';
import { expect, test } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';
import { grpcFrame, HttpPeer } from './raw-http2.ts';
import { gate, openTarget, unaryPath } from './target.ts';

const body = [grpcFrame('{"text":"a","n":1}')];

test('M-02 metadata of 200 KB is refused locally; calls on the same connection end well', async () => {
  const held = gate();
  await using target = await openTarget({
    unary: async ({ text, n }) => {
      await held.promise;
      return { text, n };
    },
  });
  const client = target.neighbour.client(ProbeService);
  const others = [client.unary({ text: 'a', n: 1 }), client.unary({ text: 'b', n: 2 })];

  const status = await client.unary({ text: 'big', n: 3 }, { metadata: { 'x-big': 'v'.repeat(200_000) } }).status;
  held.resolve();

  expect(status).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, origin: 'local' });
  expect(status.message).toContain('8192 allowed');
  expect(await Promise.all(others)).toHaveLength(2);
});

test.each([
  ['200 KB of trailers', (trailer: Metadata) => trailer.set('x-big', 'v'.repeat(200_000)), 'short', []],
  ['a message of 100 KB', () => {}, 'm'.repeat(100_000), []],
  [
    'details of 100 KB',
    () => {},
    'short',
    [{ typeUrl: 'type.googleapis.com/google.rpc.DebugInfo', value: new Uint8Array(100_000) }],
  ],
  ['a message of 100 KB outside ASCII', () => {}, '€'.repeat(40_000), []],
] as const)('M-03 %s end their own call with its own code, and nothing else', async (_name, edit, message, details) => {
  const held = gate();
  await using target = await openTarget({
    unary: async ({ text, n }, { trailer }) => {
      if (text !== 'bad') {
        await held.promise;
        return { text, n };
      }
      edit(trailer);
      throw new StatusError(Code.NOT_FOUND, message, { details: details as readonly Detail[] });
    },
  });
  const client = target.neighbour.client(ProbeService);
  const others = [client.unary({ text: 'a', n: 1 }), client.unary({ text: 'b', n: 2 })];

  const status = await client.unary({ text: 'bad', n: 3 }).status;
  held.resolve();

  expect(status).toMatchObject({ code: Code.NOT_FOUND, origin: 'peer' });
  expect(Buffer.byteLength(status.message)).toBeLessThanOrEqual(1_024);
  expect(await Promise.all(others)).toHaveLength(2);
});

test('M-03 a header of 200 KB fails its own call', async () => {
  await using target = await openTarget({
    unary: ({ text, n }, { header }) => {
      if (text === 'bad') header.set('x-big', 'v'.repeat(200_000));
      return { text, n };
    },
  });
  const client = target.neighbour.client(ProbeService);

  const status = await client.unary({ text: 'bad', n: 1 }).status;

  expect(status.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(await target.survives()).toBe(true);
});

test.each([
  '\ud800',
  'a\udc00b',
  'CR\r\nLF',
  'nul\0',
  '100%',
  '%41',
  'emoji 🎉',
  'del\x7f',
  'tab\t',
  ' spaces ',
  'ünï',
  '',
])('M-04 M-05 the status message %j arrives well-formed', async (message) => {
  await using target = await openTarget({
    unary: async () => {
      await Promise.resolve();
      throw new StatusError(Code.ABORTED, message);
    },
  });
  await using peer = new HttpPeer(target.port);

  const ours = await target.neighbour.client(ProbeService).unary({ text: '', n: 1 }).status;
  const foreign = await peer.call(unaryPath, { body });

  expect(ours.code).toBe(Code.ABORTED);
  expect(ours.message).toBe(message.toWellFormed());
  expect(foreign.message).toBe(message.toWellFormed());
});

test('several values of a key stay several, bytes stay bytes, in both directions', async () => {
  const seen: unknown[] = [];
  await using target = await openTarget({
    unary: ({ text, n }, { metadata, header, trailer }) => {
      seen.push(metadata.getAll('x-many'), metadata.get('x-bin'));
      for (const value of ['1', '2, 3']) {
        header.append('x-many', value);
        trailer.append('x-many', value);
      }
      header.set('x-bin', new Uint8Array([0, 255]));
      return { text, n };
    },
  });
  const call = target.neighbour
    .client(ProbeService)
    .unary({ text: 'a', n: 1 }, { metadata: { 'x-many': ['a', 'b, c'], 'x-bin': new Uint8Array([1, 2, 3]) } });

  const [header, trailer] = await Promise.all([call.header, call.trailer]);

  expect(seen).toEqual([['a', 'b, c'], Buffer.from([1, 2, 3])]);
  expect(header.get('x-bin')).toEqual(Buffer.from([0, 255]));
  expect(header.getAll('x-many').join(', ')).toBe('1, 2, 3');
  expect(trailer.getAll('x-many').join(', ')).toBe('1, 2, 3');
});

test('only what the other side set is in header and trailer', async () => {
  await using target = await openTarget();
  const call = target.neighbour.client(ProbeService).unary({ text: 'a', n: 1 });

  const [header, trailer] = await Promise.all([call.header, call.trailer]);

  expect([...header.keys()]).toEqual([]);
  expect([...trailer.keys()]).toEqual([]);
});

test('authorization does not leave the machine in plaintext unless allowed', async () => {
  await using far = connect('192.0.2.1:50051');
  await using local = connect('127.0.0.1:1');
  await using allowed = connect('192.0.2.1:50051', { allowInsecureCredentials: true });
  const metadata = { authorization: 'Bearer secret' };

  const refused = await far.client(ProbeService).unary({ text: '', n: 1 }, { metadata }).status;
  const tried = await local.client(ProbeService).unary({ text: '', n: 1 }, { metadata }).status;
  const sent = await allowed.client(ProbeService).unary({ text: '', n: 1 }, { metadata, timeoutMs: 50 }).status;

  expect(refused).toMatchObject({ code: Code.FAILED_PRECONDITION, origin: 'local' });
  expect(refused.message).not.toContain('secret');
  expect(tried.code).toBe(Code.UNAVAILABLE);
  expect([Code.DEADLINE_EXCEEDED, Code.UNAVAILABLE]).toContain(sent.code);
});

test('two authorization values are refused before anything is sent', async () => {
  await using target = await openTarget();

  const status = await target.neighbour
    .client(ProbeService)
    .unary({ text: '', n: 1 }, { metadata: { authorization: ['a', 'b'] } }).status;

  expect(status).toMatchObject({ code: Code.INVALID_ARGUMENT, origin: 'local' });
  expect(target.started).toEqual([]);
});
