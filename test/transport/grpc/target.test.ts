import { promises as dns } from 'node:dns';
import { connect, createServer, silentLogger } from 'flowrpc';
import { expect, test, vi } from 'vitest';
import { echo, ProbeService } from '../../suites/probe-service.ts';
import { authority } from './certificates.ts';

test.each([
  'localhost:50051',
  'example.com:443',
  '127.0.0.1:1',
  '[::1]:50051',
  'dns:localhost:50051',
  'dns:///localhost:50051',
  'dns://8.8.8.8/localhost:1',
  'ipv4:127.0.0.1:1,127.0.0.2:2',
  'ipv6:[::1]:1',
  'unix:a.sock',
  'unix:/tmp/a.sock',
  'unix:///tmp/a.sock',
])('connect() takes the target %s and opens nothing', async (target) => {
  await using channel = connect(target);

  expect(channel.state).toBe('idle');
  expect(channel.target).toBe(target);
});

test.each([
  ['', 'wanted host:port'],
  ['localhost', 'the port is missing'],
  ['dns:///localhost', 'the port is missing'],
  ['localhost:', 'the port is missing'],
  ['localhost:99999', 'port 99999 is above 65535'],
  ['localhost:abc', 'unknown scheme "localhost"'],
  ['::1:50051', 'wanted host:port'],
  ['http://localhost:1', 'unknown scheme "http"'],
  ['xds:///a', 'unknown scheme "xds"'],
  ['unix:', 'wanted a path'],
  ['ipv4:localhost:1', 'is no ipv4 address'],
  ['ipv6:127.0.0.1:x', 'wanted host:port'],
  ['a b:1', 'wanted host:port'],
  ['ü@b:1', 'is no host name'],
  ['ü.example?x:1', 'is no host name'],
  ['dns:///ü%2fb:1', 'is no host name'],
])('connect() refuses the target %j, quoting it', (target, why) => {
  expect(() => connect(target)).toThrow(why);
  expect(() => connect(target)).toThrow(JSON.stringify(target));
});

test.each([
  ['localhost', 'wanted host:port'],
  ['127.0.0.1:70000', 'above 65535'],
  ['unix:', 'wanted a path'],
  ['nowhere.invalid:0', 'the host name'],
  ['192.0.2.1:0', 'this machine has no such address'],
  ['unix:/no/such/folder/a.sock', 'the directory does not exist'],
])('listen() refuses the address %j, quoting it', async (address, why) => {
  await using server = createServer({ logger: silentLogger });

  await expect(server.listen(address)).rejects.toThrow(why);
  await expect(server.listen(address)).rejects.toThrow(address);
});

test.each([
  ['bücher.example', 'bücher.example'],
  ['dns:///BÜCHER.example', 'bücher.example in capitals'],
  ['dns:bücher\u3002example', 'a Unicode dot'],
  ['b\u00fccher\uff0eexample', 'another dot'],
])('T-01 connect() looks %s up, checks it and sends it in ASCII (%s)', async (name) => {
  const ascii = 'xn--bcher-kva.example';
  const root = await authority();
  const seen: (string | undefined)[] = [];
  const server = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: (request, ctx) => {
      seen.push(ctx.authority);
      return request;
    },
  });
  const tls = await root.issue({ name: ascii, alternatives: [{ type: 'dns', value: ascii }] });
  const { port } = await server.listen('127.0.0.1:0', { tls });
  const lookup = vi.spyOn(dns, 'lookup').mockResolvedValue([{ address: '127.0.0.1', family: 4 }] as never);
  const channel = connect(`${name}:${port}`, { tls: { ca: root.cert } });

  const { code } = await channel.client(ProbeService).unary({ text: '', n: 1 }).status;
  const [asked] = lookup.mock.calls.map(([host]) => host);
  lookup.mockRestore();
  await channel.close();
  await server.close();

  expect(code).toBe(0);
  expect(asked).toBe(ascii);
  expect(seen).toEqual([`${ascii}:${port}`]);
  expect(channel.target).toBe(`${name}:${port}`);
});

test('T-01 a name that stands for this machine counts as this machine, however it is written', async () => {
  const server = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: (request, ctx) => ({ ...request, text: `${ctx.authority} ${ctx.metadata.get('authorization')}` }),
  });
  const { port } = await server.listen('127.0.0.1:0');
  const channel = connect(`\uff11\uff12\uff17\u3002\uff10.0.1:${port}`);

  const { text } = await channel
    .client(ProbeService)
    .unary({ text: '', n: 1 }, { metadata: { authorization: 'Bearer a' } });
  await channel.close();
  await server.close();

  expect(text).toBe(`127.0.0.1:${port} Bearer a`);
});

test('connect() sends an authority in ASCII, and refuses one that is no name', async () => {
  const server = createServer({ logger: silentLogger }).add(ProbeService, {
    ...echo,
    unary: (request, ctx) => ({ ...request, text: ctx.authority ?? '' }),
  });
  const { address } = await server.listen('127.0.0.1:0');
  const channel = connect(address, { authority: 'bücher.example:443' });

  const { text } = await channel.client(ProbeService).unary({ text: '', n: 1 });
  await channel.close();
  await server.close();

  expect(text).toBe('xn--bcher-kva.example:443');
  expect(() => connect(address, { authority: 'ü/b' })).toThrow('Cannot use authority "ü/b": wanted host or host:port');
});
