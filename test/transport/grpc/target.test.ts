import { connect, createServer, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';

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
