import { Code, connect, createServer, inProcess, type ServiceModule } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { checkOptions } from '../../src/core/options.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';

describe('options', () => {
  test('an unknown one is refused with the nearest that is known', () => {
    expect(() => checkOptions('thing', { timeoutMS: 1 }, ['timeoutMs', 'deadline'])).toThrow(
      'Cannot use option "timeoutMS" of thing: it is unknown, did you mean "timeoutMs"?',
    );
    expect(() => checkOptions('thing', { zzz: 1 }, ['timeoutMs', 'deadline'])).toThrow(
      'wanted one of timeoutMs, deadline',
    );
  });

  test('every place that takes options refuses what it would ignore', async () => {
    const server = createServer().add(ProbeService, echo);
    const channel = connect(inProcess(server));
    const client = channel.client(ProbeService);
    const wrong = (options: object): never => options as never;

    expect(() => createServer(wrong({ interceptor: [] }))).toThrow(/"interceptors"/);
    expect(() => createServer().add(ProbeService, echo, wrong({ limit: {} }))).toThrow(/"limits"/);
    await expect(server.listen('127.0.0.1:0', wrong({ tsl: {} }))).rejects.toThrow(/"tls"/);
    expect(() => server.close(wrong({ grace: 1 }))).toThrow(/wanted one of settleMs, graceMs/);
    expect(() => inProcess(server, wrong({ kopy: true }))).toThrow(/"copy"/);
    expect(() => connect(inProcess(server), wrong({ timeout: 1 }))).toThrow(/"timeoutMs"/);
    expect(() => connect('127.0.0.1:1', wrong({ timeout: 1 }))).toThrow(/"timeoutMs"/);
    expect(() => channel.client(ProbeService, wrong({ interceptor: [] }))).toThrow(/"interceptors"/);
    expect(() => client.unary({ text: '', n: 0 }, wrong({ timeout: 5 }))).toThrow(/"timeoutMs"/);
    await channel.close();
    await server.close();
  });

  test.each([
    ['limits.', { limits: { maxRecieveBytes: 1 } }, /"maxRecieveBytes" of limits.*did you mean "maxReceiveBytes"/],
    ['a limit that is no number', { limits: { maxSendBytes: '1' } }, 'Cannot use maxSendBytes 1: wanted a number'],
    ['a negative limit', { limits: { maxMetadataPairs: -1 } }, 'Cannot use maxMetadataPairs -1: wanted a number'],
    ['a limit of NaN', { limits: { maxReceiveBytes: Number.NaN } }, 'Cannot use maxReceiveBytes NaN'],
    ['maxTimeoutMs', { maxTimeoutMs: Number.NaN }, 'Cannot use maxTimeoutMs NaN: wanted a number above 0'],
    ['streamIdleMs', { streamIdleMs: -1 }, 'Cannot use streamIdleMs -1: wanted a number above 0'],
    ['maxHandlers', { maxHandlers: 0 }, 'Cannot use maxHandlers 0: wanted a number above 0'],
    ['forward', { forward: 'x-request-id' }, 'Cannot use forward "x-request-id": wanted a list of strings'],
    ['an interceptor', { interceptors: [5] }, 'Cannot use 5 as an interceptor: wanted a function (call, next)'],
    ['interceptors', { interceptors: () => {} }, /as interceptors: wanted a list of functions/],
    ['connection', { connection: { maxConcurentStreams: 1 } }, /did you mean "maxConcurrentStreams"\?/],
    ['connection.keepalive', { connection: { keepalive: { timeMs: 0 } } }, 'Cannot use timeMs 0'],
  ])('createServer refuses %s at once', (_name, options, message) => {
    expect(() => createServer(options as never)).toThrow(message);
  });

  test.each([
    ['limits', { limits: { maxBytes: 1 } }, /"maxBytes" of limits/],
    ['limits of a method it has not', { methodLimits: { unray: {} } }, /"unray" of methodLimits.*"unary"/],
    ['limits of a method', { methodLimits: { unary: { maxSendByte: 1 } } }, /of methodLimits.unary.*"maxSendBytes"/],
    ['streamIdleMs', { streamIdleMs: Number.NaN }, 'Cannot use streamIdleMs NaN'],
    ['an interceptor', { interceptors: [null] }, 'Cannot use null as an interceptor'],
  ])('server.add refuses %s, and adds nothing', (_name, options, message) => {
    const server = createServer();

    expect(() => server.add(ProbeService, echo, options as never)).toThrow(message);
    expect([...server.services.keys()]).toEqual([]);
  });

  test('clients and channels refuse senseless ones at once', async () => {
    await using server = createServer().add(ProbeService, echo);
    await using channel = connect(inProcess(server));
    const wrong = (options: object): never => options as never;

    expect(() => connect('127.0.0.1:1', { timeoutMs: Number.NaN })).toThrow('Cannot use timeoutMs NaN');
    expect(() => connect('127.0.0.1:1', wrong({ interceptors: ['x'] }))).toThrow('Cannot use x as an interceptor');
    expect(() => connect('127.0.0.1:1', wrong({ forward: 'x' }))).toThrow('Cannot use forward "x"');
    expect(() => connect('127.0.0.1:1', { serviceConfig: { methods: [{ names: [wrong({ mehtod: 'a' })] }] } })).toThrow(
      /did you mean "method"\?/,
    );
    expect(() => channel.client(ProbeService, { timeoutMs: -5 })).toThrow('Cannot use timeoutMs -5');
    expect(() => channel.client(ProbeService, wrong({ interceptors: [{}] }))).toThrow(TypeError);
    await expect(channel.ready(wrong({ timeout: 1 }))).rejects.toThrow(/"timeoutMs"/);
    expect(() => inProcess(server, { maxReceiveBytes: Number.NaN })).toThrow('Cannot use maxReceiveBytes NaN');
    expect(() => server.close({ graceMs: Number.NaN })).toThrow('Cannot use graceMs NaN');
  });

  test('a limit given as undefined is the default', async () => {
    await using server = createServer({ limits: { maxReceiveBytes: undefined } as never }).add(ProbeService, echo);
    await using channel = connect(inProcess(server));
    const request = { text: 'x'.repeat(2_000_000), n: 1 };

    const { code } = await channel.client(ProbeService).unary(request).status;

    expect(code).toBe(Code.RESOURCE_EXHAUSTED);
  });

  test('an option given as undefined is its default', async () => {
    await using server = createServer({ interceptors: undefined, maxHandlers: undefined }).add(ProbeService, echo);
    await using channel = connect(inProcess(server), { timeoutMs: undefined });

    expect(
      await channel
        .client(ProbeService)
        .unary({ text: 'a', n: 1 }, { timeoutMs: undefined, signal: undefined, metadata: undefined }),
    ).toEqual({ text: 'a', n: 1 });
  });

  test('add() says what is wrong with what it got', () => {
    const server = createServer().add(ProbeService, echo);

    expect(() => server.add(ProbeService, echo)).toThrow(
      'Cannot add service "suite.Probe": it is served already, use replace()',
    );
    expect(() => createServer().add(ProbeService as unknown as ServiceModule)).toThrow(
      'Cannot add service "suite.Probe": its handlers are missing',
    );
    expect(() => createServer().add(ProbeService, { unray: () => {} } as never)).toThrow(
      /no method "unray", did you mean "unary"\?/,
    );
    expect(() => createServer().add(ProbeService, { unary: 5 } as never)).toThrow(/the handler of "unary" is a number/);
    expect(() => createServer().add(undefined as never, {})).toThrow(TypeError);
  });
});
