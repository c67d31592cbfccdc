import { connect, createServer, type Interceptor, inProcess, key, keyValue, silentLogger } from 'flowrpc';
import { fakeContext } from 'flowrpc/testing';
import { describe, expect, test } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';

describe('key()', () => {
  test('perCall makes one value for each call, the same for all calls derived from it', async () => {
    let made = 0;
    const id = key('id', { perCall: () => ++made });
    const seen: unknown[] = [];
    const look: Interceptor = async function look(call, next) {
      seen.push(call.get(id));
      return next(call.withTimeout(5_000));
    };
    const server = createServer({ interceptors: [look, look], logger: silentLogger }).add(ProbeService, {
      unary: (message, context) => {
        seen.push(context.get(id));
        return message;
      },
    });
    await using channel = connect(inProcess(server));
    const { unary } = channel.client(ProbeService);

    await unary({ text: '', n: 0 });
    await unary({ text: '', n: 0 });

    expect(seen).toEqual([1, 1, 1, 2, 2, 2]);
  });

  test('a value that was set counts more than one that would be made', () => {
    const id = key('id', { perCall: () => 'made' });

    expect(fakeContext({ values: [[id, 'set']] }).get(id)).toBe('set');
    const context = fakeContext();
    expect([context.get(id), context.get(id)]).toEqual(['made', 'made']);
  });
});

describe('CallOptions.values', () => {
  test('reach the interceptors of the client, and no server', async () => {
    const tenant = key<string>('tenant');
    const seen: unknown[] = [];
    const look: Interceptor = async function look(call, next) {
      seen.push(`${call.side} ${call.get(tenant)}`);
      return next(call);
    };
    const server = createServer({ interceptors: [look], logger: silentLogger }).add(ProbeService, {
      unary: (message) => message,
    });
    await using channel = connect(inProcess(server), { interceptors: [look] });

    await channel.client(ProbeService).unary({ text: '', n: 0 }, { values: [keyValue(tenant, 'acme')] });

    expect(seen).toEqual(['client acme', 'server undefined']);
  });
});
