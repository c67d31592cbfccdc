import dns from 'node:dns';
import { Code, connect, createServer, silentLogger } from 'flowrpc';
import { expect, onTestFinished, test, vi } from 'vitest';
import { admitAddresses } from '../../../src/transport/grpc/address-admission.ts';

/** A server of one test; `names` is what its clients' names stand for. */
async function listening(names: () => string): Promise<{ port: string; asked: () => number }> {
  const server = createServer({ logger: silentLogger });
  const { address } = await server.listen('127.0.0.1:0');
  onTestFinished(async () => void (await server.close({ graceMs: 50 })));
  const spy = vi
    .spyOn(dns.promises, 'lookup')
    .mockImplementation((async () => [{ address: names(), family: 4 }]) as never);
  onTestFinished(() => spy.mockRestore());
  return { port: address.slice(address.lastIndexOf(':') + 1), asked: () => spy.mock.calls.length };
}

test('S-11 admitAddress is asked about each address that a name stands for, and what is refused is not connected to', async () => {
  let stands = '127.0.0.1';
  const { port } = await listening(() => stands);
  const seen: string[] = [];
  const admitAddress = (address: string) => {
    seen.push(address);
    return address.startsWith('169.254.') ? `${address} is refused` : undefined;
  };
  const call = async () => {
    await using channel = connect(`users.example:${port}`, { admitAddress });
    return await channel
      .call('/a.B/C', new Uint8Array(), { timeoutMs: 5_000 })
      .catch(({ code, message }) => ({ code, message }));
  };

  expect(await call()).toMatchObject({ code: Code.UNIMPLEMENTED });
  stands = '169.254.169.254';

  expect(await call()).toMatchObject({
    code: Code.UNAVAILABLE,
    message: expect.stringContaining('169.254.169.254 is refused'),
  });
  expect(seen).toEqual(['127.0.0.1', '169.254.169.254']);
});

test('S-11 what was admitted is what is connected to: the name is resolved once for it', async () => {
  let times = 0;
  const { port, asked } = await listening(() => (++times === 1 ? '127.0.0.1' : '169.254.169.254'));
  await using channel = connect(`dns:///rebind.example:${port}`, { admitAddress: () => undefined });

  const outcome = await channel.call('/a.B/C', new Uint8Array()).catch(({ code }) => code as number);

  expect(outcome).toBe(Code.UNIMPLEMENTED);
  expect(asked()).toBe(1);
});

test('a target that is an address is not asked about', async () => {
  const { port } = await listening(() => '127.0.0.1');
  await using channel = connect(`127.0.0.1:${port}`, { admitAddress: () => 'never' });

  const outcome = await channel.call('/a.B/C', new Uint8Array()).catch(({ code }) => code as number);

  expect(outcome).toBe(Code.UNIMPLEMENTED);
});

test('a version of grpc-js that resolves names in another way lets nothing pass', () => {
  const other = { internalChannel: { resolvingLoadBalancer: { innerResolver: { dnsHostname: 'a' } } } };

  for (const channel of [{}, other])
    expect(() => admitAddresses(channel as never, 'users:1', () => undefined)).toThrow(
      'does not let addresses be looked at',
    );
});
