import { connect, createServer, loadServices, type Method, type Service, silentLogger } from 'flowrpc';
import { describe, expect, test } from 'vitest';

type Greeter = Service<{ sayHello: Method<{ name: string }, { message: string }, 'unary'> }>;

async function greeter(): Promise<Greeter> {
  const services = await loadServices('examples/proto/greeter.proto', { includeDirs: ['examples/proto'] });
  return services['examples.Greeter'] as Greeter;
}

describe('texts that are no Unicode', () => {
  test('G-09 a lone surrogate in a field is one U+FFFD at the other side, both ways', async () => {
    const service = await greeter();
    const heard: string[] = [];
    const server = createServer({ logger: silentLogger }).add(service, {
      sayHello: ({ name }) => {
        heard.push(name);
        return { message: 'c\udfffd' };
      },
    });
    const { address } = await server.listen('127.0.0.1:0');
    await using channel = connect(address);

    const { message } = await channel.client(service).sayHello({ name: 'a\ud800b' });
    await channel.close();
    await server.close({ graceMs: 0 });

    expect(heard).toEqual(['a\ufffdb']);
    expect(message).toBe('c\ufffdd');
  });

  test('G-09 bytes that are no UTF-8 are read as U+FFFD', async () => {
    const { decode } = (await greeter()).methods.sayHello.request;

    expect(decode(Buffer.from('0a0361ff62', 'hex'))).toEqual({ name: 'a\ufffdb' });
    expect(decode(Buffer.from('0a03eda080', 'hex')).name).toMatch(/^\ufffd+$/);
  });
});
