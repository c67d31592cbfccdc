import { badRequest, Code, createServer, errorInfo, retryInfo, type Server, StatusError, silentLogger } from 'flowrpc';
import { health, reflection } from 'flowrpc/services';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Greeter } from '../../examples/gen/greeter.ts';
import { grpcurl, tool } from './grpcurl.ts';

let server: Server;
let address: string;

beforeAll(async () => {
  server = createServer({ logger: silentLogger })
    .add(Greeter, {
      sayHello: ({ name }, ctx) => {
        if (name === '') {
          throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot greet nobody: "name" is empty, 100% of it', {
            details: [
              badRequest({ fieldViolations: [{ field: 'name', description: 'wanted at least one character' }] }),
              errorInfo({ reason: 'EMPTY_NAME', domain: 'examples' }),
              retryInfo({ retryDelay: { seconds: 1n, nanos: 500_000_000 } }),
            ],
          });
        }
        ctx.header.set('x-served-by', 'flowrpc');
        ctx.trailer.set('x-length', String(name.length));
        return { message: `Hello, ${name}` };
      },
      *count({ to }) {
        for (let n = 1; n <= to; n++) yield { n };
      },
      async sum(tallies) {
        let n = 0;
        for await (const tally of tallies) n += tally.n;
        return { n };
      },
      async *chat(requests) {
        for await (const { name } of requests) yield { message: `Hello, ${name}` };
      },
    })
    .add(health())
    .add(reflection());
  ({ address } = await server.listen('127.0.0.1:0'));
});
afterAll(() => server.close({ graceMs: 0 }));

describe('grpcurl', () => {
  test('lists the services, methods in full', async () => {
    const services = await grpcurl(address, 'list');
    const methods = await grpcurl(address, 'list', 'examples.Greeter');

    expect(services.stdout.trim().split('\n')).toEqual([
      'examples.Greeter',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
    ]);
    expect(methods.stdout.trim().split('\n')).toEqual(
      ['Chat', 'Count', 'SayHello', 'Sum'].map((name) => `examples.Greeter.${name}`),
    );
  });

  test('describes services and messages with their real types', async () => {
    const service = await grpcurl(address, 'describe', 'examples.Greeter');
    const message = await grpcurl('-msg-template', address, 'describe', 'examples.HelloRequest');
    const everything = await grpcurl(address, 'describe');

    expect(service.stdout).toContain('rpc SayHello ( .examples.HelloRequest ) returns ( .examples.HelloReply );');
    expect(service.stdout).toContain(
      'rpc Chat ( stream .examples.HelloRequest ) returns ( stream .examples.HelloReply );',
    );
    expect(message.stdout).toContain('string name = 1;');
    expect(message.stdout).toContain('"name": ""');
    expect(everything).toMatchObject({ code: 0, stderr: '' });
  });

  test('describes every symbol that the descriptors declare, google.rpc details included', async () => {
    const symbols = [
      'google.rpc.Status',
      'google.rpc.BadRequest',
      'google.rpc.BadRequest.FieldViolation',
      'google.protobuf.Any',
      'google.protobuf.Duration',
      'grpc.health.v1.HealthCheckResponse.ServingStatus',
      'grpc.reflection.v1.ServerReflectionRequest',
    ];

    const results = await Promise.all(symbols.map((symbol) => grpcurl(address, 'describe', symbol)));

    expect(results.map(({ code, stderr }, index) => ({ symbol: symbols[index], code, stderr }))).toEqual(
      symbols.map((symbol) => ({ symbol, code: 0, stderr: '' })),
    );
  });

  test('works through v1alpha alone, as older tools do', async () => {
    const old = createServer({ logger: silentLogger })
      .add(Greeter, {})
      .add(reflection().filter(({ service }) => service.name.includes('v1alpha')));
    const { address: oldAddress } = await old.listen('127.0.0.1:0');

    const services = await grpcurl(oldAddress, 'list');
    const described = await grpcurl(oldAddress, 'describe', 'examples.Greeter.Count');

    expect(services.stdout.trim().split('\n')).toEqual([
      'examples.Greeter',
      'grpc.reflection.v1alpha.ServerReflection',
    ]);
    expect(described.stdout).toContain('rpc Count ( .examples.CountRequest ) returns ( stream .examples.Tally );');
    await old.close({ graceMs: 0 });
  });

  test('calls unary methods, with headers and trailers', async () => {
    const { code, stdout } = await grpcurl('-v', '-d', '{"name":"Ada"}', address, 'examples.Greeter/SayHello');

    expect(code).toBe(0);
    expect(stdout).toContain('x-served-by: flowrpc');
    expect(stdout).toContain('"message": "Hello, Ada"');
    expect(stdout).toContain('x-length: 3');
  });

  test('calls the three streaming kinds', async () => {
    const count = await grpcurl('-d', '{"to":3}', address, 'examples.Greeter/Count');
    const sum = await grpcurl('-d', '{"n":40}{"n":2}', address, 'examples.Greeter/Sum');
    const chat = await grpcurl('-d', '{"name":"Ada"}{"name":"Grace"}', address, 'examples.Greeter/Chat');

    expect(count.stdout.match(/"n": \d/g)).toEqual(['"n": 1', '"n": 2', '"n": 3']);
    expect(JSON.parse(sum.stdout)).toEqual({ n: 42 });
    expect(chat.stdout.match(/Hello, \w+/g)).toEqual(['Hello, Ada', 'Hello, Grace']);
  });

  test('shows error details', async () => {
    const { code, stderr } = await grpcurl('-format-error', '-d', '{}', address, 'examples.Greeter/SayHello');

    expect(code).toBe(64 + Code.INVALID_ARGUMENT);
    expect(stderr).toContain('Cannot greet nobody: \\"name\\" is empty, 100% of it');
    expect(stderr).toContain('"@type": "type.googleapis.com/google.rpc.BadRequest"');
    expect(stderr).toContain('wanted at least one character');
    expect(stderr).toContain('EMPTY_NAME');
    expect(stderr).toContain('"retryDelay": "1.500s"');
    expect(stderr).not.toContain('not recognized');
  });

  test('sees what is added and removed while the server runs', async () => {
    server.remove(Greeter);
    const without = await grpcurl(address, 'list');
    server.add(Greeter, { sayHello: () => ({ message: 'back' }) });
    const back = await grpcurl('-d', '{"name":"x"}', address, 'examples.Greeter/SayHello');
    const left = await grpcurl('-d', '{"to":1}', address, 'examples.Greeter/Count');

    expect(without.stdout).not.toContain('examples.Greeter');
    expect(JSON.parse(back.stdout)).toEqual({ message: 'back' });
    expect(left.code).toBe(64 + Code.UNIMPLEMENTED);
  });

  test('checks and watches health', async () => {
    const whole = await grpcurl(address, 'grpc.health.v1.Health/Check');
    const unknown = await grpcurl('-d', '{"service":"no.Such"}', address, 'grpc.health.v1.Health/Check');
    const listed = await grpcurl(address, 'grpc.health.v1.Health/List');
    const watched = await grpcurl(
      '-max-time',
      '1',
      '-d',
      '{"service":"examples.Greeter"}',
      address,
      'grpc.health.v1.Health/Watch',
    );

    expect(JSON.parse(whole.stdout)).toEqual({ status: 'SERVING' });
    expect(unknown.code).toBe(64 + Code.NOT_FOUND);
    expect(Object.keys(JSON.parse(listed.stdout).statuses)).toContain('examples.Greeter');
    expect(watched.stdout).toContain('SERVING');
  });
});

test('grpc-health-probe passes', async (context) => {
  const probe = await tool('grpc-health-probe', ['-addr', address]).catch(() => undefined);
  if (probe === undefined)
    context.skip('grpc-health-probe could not be built: the module proxy refuses it, see .tools/health-probe.log');

  expect(probe).toMatchObject({ code: 0 });
});
