import { connect, createServer, inProcess, type ServiceModule } from 'flowrpc';
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
    expect(() => server.close(wrong({ grace: 1 }))).toThrow(/wanted one of graceMs/);
    expect(() => inProcess(server, wrong({ kopy: true }))).toThrow(/"copy"/);
    expect(() => connect(inProcess(server), wrong({ timeout: 1 }))).toThrow(/"timeoutMs"/);
    expect(() => connect('127.0.0.1:1', wrong({ timeout: 1 }))).toThrow(/"timeoutMs"/);
    expect(() => channel.client(ProbeService, wrong({ interceptor: [] }))).toThrow(/"interceptors"/);
    expect(() => client.unary({ text: '', n: 0 }, wrong({ timeout: 5 }))).toThrow(/"timeoutMs"/);
    await channel.close();
    await server.close();
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
