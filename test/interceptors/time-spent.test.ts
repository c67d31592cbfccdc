import {
  type Channel,
  Code,
  type Context,
  connect,
  createServer,
  decodeDetails,
  ErrorInfo,
  findDetail,
  type Handlers,
  type Interceptor,
  type Server,
  type ServerOptions,
  type Service,
  type Status,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { type DeadlineOptions, deadline, retry } from 'flowrpc/interceptors';
import { afterEach, describe, expect, test } from 'vitest';
import { aborted, gate, pause, timed } from '../suites/gate.ts';
import { type AnyHandler, everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { type Probe, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';
import { transports } from '../suites/transports.ts';

const open: (Channel | Server)[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await ('target' in each ? each.close() : each.close({ graceMs: 0 }));
});

/** The probe service under another name. */
function named(name: string): Service<ProbeMethods> {
  const methods = Object.entries(ProbeService.methods).map(([local, method]) => [
    local,
    { ...method, service: name, path: `/${name}/${method.name}` },
  ]);
  return { ...ProbeService, name, methods: Object.fromEntries(methods) as ProbeMethods };
}

interface HopOptions {
  server?: DeadlineOptions;
  client?: readonly Interceptor[];
  options?: ServerOptions;
}

/** A service on a socket of its own, and a channel to it. */
async function hop(
  name: string,
  handlers: Handlers<ProbeMethods>,
  { server: bounds = { reserveMs: 250 }, client = [deadline({})], options }: HopOptions = {},
) {
  const service = named(name);
  const server = createServer({ logger: silentLogger, interceptors: [deadline(bounds)], ...options });
  server.add(service, handlers);
  const { address } = await server.listen('127.0.0.1:0');
  const channel = connect(address, { interceptors: client });
  open.push(channel, server);
  await channel.ready();
  return { client: channel.client(service), address, channel };
}

const slow: AnyHandler = async function* slow(requests, context) {
  await aborted(context.signal);
  yield* shout(requests, context);
};

function infos(status: Status): Readonly<Record<string, string>>[] {
  return decodeDetails(status)
    .filter(({ typeName }) => typeName === 'google.rpc.ErrorInfo')
    .map(({ message }) => (message as ErrorInfo).metadata);
}

describe('deadline() says where the time went', () => {
  test('three hops: the outermost error names the slow one #142', timed, async () => {
    const c = await hop('c.C', everyKind(slow));
    const b = await hop('b.B', { ...everyKind(shout), unary: (request) => c.client.unary(request) });
    const a = await hop('a.A', {
      ...everyKind(shout),
      unary: async (request) => {
        await pause(20);
        return b.client.unary(request);
      },
    });

    const { status } = await run(a.client, 'unary', { timeoutMs: 2_500 });

    expect(status).toMatchObject({ code: Code.DEADLINE_EXCEEDED, origin: 'peer' });
    expect(status.message).toMatch(
      /^Deadline exceeded after \d+ ms in \/a\.A\/Unary: \d+ ms here, \d+ ms in \/b\.B\/Unary \(Deadline exceeded after \d+ ms in \/b\.B\/Unary: \d+ ms here, \d+ ms in \/c\.C\/Unary \(Deadline exceeded after \d+ ms in \/c\.C\/Unary\)\)$/,
    );
    const told = infos(status);
    expect(told.map(({ method, slowest }) => [method, slowest])).toEqual([
      ['/a.A/Unary', '/b.B/Unary'],
      ['/b.B/Unary', '/c.C/Unary'],
      ['/c.C/Unary', undefined],
    ]);
    expect(Number(told[0]!.hereMs)).toBeGreaterThanOrEqual(19);
    for (const { totalMs, hereMs = '0', slowestMs = totalMs } of told)
      expect(Math.abs(Number(totalMs) - Number(hereMs) - Number(slowestMs))).toBeLessThanOrEqual(2);
    expect(status.message).not.toContain('127.0.0.1');
  });

  test.each(kinds)('%s: two hops of one kind', timed, async (kind) => {
    const b = await hop('b.B', everyKind(slow));
    const a = await hop(
      'a.A',
      everyKind(async function* passOn(requests) {
        const messages: Probe[] = [];
        for await (const message of requests) messages.push(message);
        const { status, messages: answers } = await run(b.client, kind, {}, messages);
        if (status.code !== Code.OK) throw StatusError.of(status, `/b.B/${kind}`);
        yield* answers;
      }),
    );

    const { status } = await run(a.client, kind, { timeoutMs: 1_200 });

    expect(status.message).toMatch(
      /^Deadline exceeded after .* here, .* in \/b\.B\/\w+ \(Deadline exceeded .* \/b\.B\/\w+\)$/,
    );
    expect(infos(status)).toHaveLength(2);
  });

  test.each(kinds)('%s: a call that expires here says what it was waiting for', timed, async (kind) => {
    const { client, address } = await hop('a.A', everyKind(slow), { server: {} });

    const { status } = await run(client, kind, { timeoutMs: 60 });

    const path = `/a.A/${kind[0]!.toUpperCase()}${kind.slice(1)}`;
    expect(status).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    // On a slow machine the server may be the first to say so.
    if (status.origin === 'local')
      expect(status.message).toMatch(new RegExp(`^Deadline exceeded after \\d+ ms, waiting for ${path} at ${address}`));
    expect(status.message).toContain(path);
    expect(findDetail(status, ErrorInfo)).toMatchObject({ reason: 'DEADLINE_EXCEEDED', domain: 'flowrpc' });
  });

  test('a call that got no connection in time says so', async () => {
    await using channel = connect('192.0.2.1:9', { interceptors: [deadline(30)] });

    const { status } = await run(channel.client(ProbeService), 'unary', { waitForReady: true });

    expect(status.message).toContain('before a server saw /suite.Probe/Unary at 192.0.2.1:9');
  });

  test('a call that is not answered in time counts, and what takes least is not named', timed, async () => {
    const others = await hop('b.B', everyKind(shout), { server: {} });
    const stuck = await hop('c.C', everyKind(slow), { server: {}, client: [deadline(10_000)] });
    const a = await hop('a.A', {
      ...everyKind(shout),
      unary: async (request) => {
        await Promise.all(kinds.map((kind) => run(others.client, kind)));
        await run(others.client, 'unary');
        return stuck.client.unary(request);
      },
    });

    const { status } = await run(a.client, 'unary', { timeoutMs: 1_000 });

    expect(status.message).toMatch(/: \d+ ms here, \d+ ms in \/c\.C\/Unary, unanswered, /);
    expect(status.message).toMatch(/, \+2 more$/);
  });

  test('a call that names its parent from elsewhere counts, one that is detached does not', async () => {
    const b = await hop('b.B', everyKind(shout), { server: {} });
    const c = await hop('c.C', everyKind(shout), { server: {} });
    const asked = gate<Context>();
    const done = gate();
    const worker = asked.promise.then(async (parent) => {
      await run(b.client, 'bidi', { parent });
      done.open();
    });
    const a = await hop('a.A', {
      ...everyKind(shout),
      unary: async (_request, context) => {
        asked.open(context);
        await done.promise;
        await run(c.client, 'unary', { parent: null });
        throw new StatusError(Code.DEADLINE_EXCEEDED, 'Too much to do');
      },
    });

    const { status } = await run(a.client, 'unary');

    await worker;
    expect(status.message).toContain('/b.B/Bidi');
    expect(status.message).not.toContain('/c.C/');
  });

  test('calls beside each other count once, and how many there were is told', async () => {
    const b = await hop('b.B', { ...everyKind(shout), unary: (probe) => pause(60).then(() => probe) });
    const a = await hop('a.A', {
      ...everyKind(shout),
      unary: async (request) => {
        await Promise.all(Array.from({ length: 5 }, () => b.client.unary(request)));
        throw new StatusError(Code.DEADLINE_EXCEEDED, 'Too much to do');
      },
    });

    const { status } = await run(a.client, 'unary');

    expect(status.message).toMatch(/^Too much to do after \d+ ms in \/a\.A\/Unary: .* in \/b\.B\/Unary \(5 calls\)$/);
    const { totalMs, slowestMs } = infos(status)[0]!;
    expect(Number(slowestMs)).toBeLessThanOrEqual(Number(totalMs));
  });

  test('calls that overlap count from the first to the last, each once', async () => {
    const b = await hop(
      'b.B',
      { ...everyKind(shout), unary: (probe) => pause(100).then(() => probe) },
      { client: [deadline(), deadline({ maxMs: 60_000 })] },
    );
    const a = await hop('a.A', {
      ...everyKind(shout),
      unary: async (request) => {
        const first = b.client.unary(request).status;
        await pause(60);
        await Promise.all([first, b.client.unary(request)]);
        throw new StatusError(Code.DEADLINE_EXCEEDED, 'Too much to do');
      },
    });

    const { status } = await run(a.client, 'unary');

    expect(status.message).toContain('/b.B/Unary (2 calls)');
    expect(Number(infos(status)[0]!.slowestMs)).toBeGreaterThanOrEqual(150);
  });

  test('a handler that says what happened in its own words passes on the details', async () => {
    const b = await hop('b.B', everyKind(fails('Slow disk')));
    const a = await hop('a.A', {
      ...everyKind(shout),
      unary: async (request) => {
        const { code } = await b.client.unary(request).status;
        throw new StatusError(code as typeof Code.DEADLINE_EXCEEDED, 'No stock in time');
      },
    });

    const { status } = await run(a.client, 'unary');

    expect(status.message).toMatch(
      /^No stock in time after .* in \/b\.B\/Unary \(Deadline exceeded after \d+ ms in \/b\.B\/Unary\)$/,
    );
    expect(infos(status).map(({ method }) => method)).toEqual(['/a.A/Unary', '/b.B/Unary']);
  });

  test('an error of a foreign server is kept, with path and time', async () => {
    const { client } = await hop('a.A', everyKind(fails('Slow disk')), { options: { interceptors: [] } });

    const { status } = await run(client, 'unary');

    expect(status.message).toMatch(/^Slow disk after \d+ ms in \/a\.A\/Unary$/);
  });

  test('a handler that passes on what failed on the way names no address', timed, async () => {
    const b = await hop('b.B', everyKind(slow), { server: {}, client: [deadline(30)] });
    const a = await hop('a.A', { ...everyKind(shout), unary: (request) => b.client.unary(request) });
    const full = await hop(
      'a.A',
      { ...everyKind(shout), unary: (request) => b.client.unary(request) },
      { server: { report: 'addresses' } },
    );

    const hidden = await run(a.client, 'unary');
    const named = await run(full.client, 'unary');

    expect(hidden.status.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(hidden.status.message).toContain('/b.B/Unary');
    expect(JSON.stringify([hidden.status.message, infos(hidden.status)])).not.toContain(b.address);
    expect(named.status.message).toContain(`/b.B/Unary at ${b.address}`);
    expect(infos(named.status)[0]!.slowestAddress).toBe(b.address);
  });

  test('report: off leaves errors as they are', async () => {
    const { client } = await hop('a.A', everyKind(fails('Slow disk')), {
      server: { report: 'off' },
      client: [deadline({ report: 'off' })],
    });

    const { status } = await run(client, 'unary');

    expect(status).toMatchObject({ message: 'Slow disk', details: [] });
  });

  test('is said once, however many deadline() and attempts there are', async () => {
    const { client } = await hop('a.A', everyKind(fails('Slow disk')), {
      options: { interceptors: [deadline({}), deadline({ maxMs: 60_000 })] },
      client: [
        deadline(5_000),
        retry({ nonIdempotent: true, codes: [Code.DEADLINE_EXCEEDED], baseDelayMs: 1 }),
        deadline({}),
      ],
    });

    const { status } = await run(client, 'unary');

    expect(status.message).toMatch(/^Slow disk after \d+ ms in \/a\.A\/Unary$/);
    expect(infos(status)).toHaveLength(1);
  });

  test('many hops stay within the limits of a status', async () => {
    let next = await hop('n.N0', everyKind(fails('x'.repeat(5_000))));
    for (let n = 1; n <= 12; n++) {
      const inner = next;
      next = await hop(`n.N${n}`, { ...everyKind(shout), unary: (request) => inner.client.unary(request) });
    }

    const { status } = await run(next.client, 'unary', { timeoutMs: 20_000 });

    expect(status.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(Buffer.byteLength(status.message)).toBeLessThanOrEqual(1_024);
    expect(status.message).toContain('/n.N12/Unary');
    expect(status.message).toContain('/n.N8/Unary');
    expect(infos(status).length).toBeGreaterThan(8);
  });

  test('a call that makes very many kinds of calls remembers some, and the sum of the rest', async () => {
    const b = await hop('b.B', everyKind(shout), { server: {} });
    const a = await hop('a.A', {
      ...everyKind(shout),
      unary: async () => {
        for (let n = 0; n < 60; n++) await b.channel.call(`/no.Such/M${n}`, new Uint8Array()).status;
        throw new StatusError(Code.DEADLINE_EXCEEDED, 'Enough');
      },
    });

    const { status } = await run(a.client, 'unary');

    expect(status.message).toMatch(/^Enough after \d+ ms in \/a\.A\/Unary: /);
    expect(status.message).toMatch(/, \+30 more$/);
  });

  test('other codes pass untouched, in process as over sockets', async () => {
    for (const transport of transports) {
      await using server = createServer({ logger: silentLogger, interceptors: [deadline({})] });
      server.add(
        ProbeService,
        everyKind(() => {
          throw new StatusError(Code.ABORTED, 'Not so');
        }),
      );
      await using channel = await transport.open(server, { interceptors: [deadline(5_000)] });

      const { status } = await run(channel.client(ProbeService), 'unary');

      expect(status).toMatchObject({ code: Code.ABORTED, message: 'Not so', details: [] });
    }
  });
});

function fails(message: string): AnyHandler {
  return () => {
    throw new StatusError(Code.DEADLINE_EXCEEDED, message);
  };
}
