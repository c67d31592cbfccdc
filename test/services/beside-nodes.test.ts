import { Code, connect, createServer, loadServices, silentLogger } from 'flowrpc';
import { nodeService } from 'flowrpc/nodes';
import { reflection, reflectionClient } from 'flowrpc/services';
import { expect, test } from 'vitest';
import { mapping } from '../graph/run-graph.ts';

test('a service of a proto file and a service made without one stand side by side, each with its descriptors #117 #118', async () => {
  const { 'helloworld.Greeter': Greeter } = await loadServices('test/wire/protos/helloworld.proto');
  await using server = createServer({ logger: silentLogger })
    .add(Greeter!, {})
    .add(
      await nodeService(
        mapping('echo', (payload) => payload),
        'echo',
      ),
    )
    .add(reflection());
  const { address } = await server.listen('127.0.0.1:0');
  await using channel = connect(address);
  const asked = reflectionClient(channel);

  const listed = await asked.list();
  const typed = await asked.describe('helloworld.Greeter');
  const generic = await asked.describe('default.echo');
  server.remove('default.echo');
  const without = await asked.list();
  const removed = await channel.call('/default.echo/In', new Uint8Array()).status;

  expect(listed).toEqual(expect.arrayContaining(['helloworld.Greeter', 'default.echo']));
  expect(typed).toContain('rpc SayHello(');
  expect(generic).toContain('rpc In(google.protobuf.Value) returns (google.protobuf.Value)');
  expect(without).not.toContain('default.echo');
  expect(without).toContain('helloworld.Greeter');
  expect(removed.code).toBe(Code.UNIMPLEMENTED);
});
