import { Code, type StatusError } from 'flowrpc';
import { type Admission, control, createControlToken, createRuntime } from 'flowrpc/runtime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Controlled, controlled, value } from './control-harness.ts';

type Fields = Readonly<Record<string, unknown>>;

const listener = (fields: Fields) => ({
  kind: 'listener',
  name: 'door',
  ...fields,
  ports: { out: [{ name: 'a', port: 'in' }] },
});

async function applied({ client }: Controlled, document: unknown): Promise<string> {
  try {
    await client.applySpec({ document: value(document) });
    return 'OK';
  } catch (error) {
    if ((error as StatusError).code !== Code.PERMISSION_DENIED) throw error;
    return (error as StatusError).statusMessage;
  }
}

async function stateOf({ runtime }: Controlled, name: string): Promise<string> {
  const found = () => runtime.nodes.find((node) => node.name === name);
  await expect.poll(found).toBeDefined();
  const { status, reason } = found()!;
  return reason ?? status;
}

describe('S-11 ports that what came in by Control opens', () => {
  test.each<[string, unknown]>([
    ['a listener', listener({ port: 0 })],
    ['a listener for all', listener({ host: '0.0.0.0', port: 8080 })],
    ['a listener by template', listener({ host: '{{ .H }}', port: 8080 })],
    ['a transcode node', { kind: 'transcode', name: 'door', port: 0 }],
    ['a listener inside of a block', { kind: 'block', name: 'b', specs: [listener({ port: 0 })] }],
    ['a chart of one', { kind: 'chart', name: 'c', specs: [listener({ port: 0 })] }],
  ])('%s is refused, loopback included', async (_, document) => {
    expect(await applied(await controlled(), document)).toMatch(/not on the list of addresses that may be opened/);
  });

  test.each<[string, Fields, boolean]>([
    ['127.0.0.1:0', { port: 0 }, true],
    ['127.0.0.1:8080', { port: 0 }, false],
    ['127.0.0.1', { port: 0 }, true],
    ['127.0.0.1', { host: '127.1', port: 0 }, true],
    ['127.0.0.1', { host: '0.0.0.0', port: 0 }, false],
    ['127.0.0.1', { host: '::', port: 0 }, false],
    ['127.0.0.1', { host: '0', port: 0 }, false],
    ['127.0.0.1', { host: 'localhost', port: 0 }, false],
    ['localhost', { host: 'localhost', port: 0 }, true],
    ['127.0.0.0/8', { host: '127.0.0.2', port: 0 }, true],
    ['127.0.0.0/8', { host: '0.0.0.0', port: 0 }, false],
    ['0.0.0.0', { host: '0.0.0.0', port: 0 }, true],
    ['*', { host: '0.0.0.0', port: 0 }, true],
    ['*', { port: '{{ .P }}' }, false],
  ])('with %s allowed, %j: %s', async (entry, fields, allowed) => {
    const one = await controlled({ allow: { listen: [entry] } });

    expect((await applied(one, listener(fields))) === 'OK').toBe(allowed);
  });

  test('what a template fills in is looked at as well, and nothing is opened', async () => {
    const one = await controlled({ allow: { listen: ['127.0.0.1'] } });
    const specs = [{ kind: 'transcode', name: 'door', host: '{{ .H }}', port: 0 }];
    await one.runtime.specs.put({ kind: 'chart', name: 'web', specs, env: { H: { data: '{{ .at }}' } } });

    expect(await applied(one, { kind: 'web', name: 'evil', at: '0.0.0.0' })).toBe('OK');
    expect(await applied(one, { kind: 'web', name: 'fine', at: '127.0.0.1' })).toBe('OK');

    expect(await stateOf(one, 'evil')).toMatch(/opening "0.0.0.0:0" is not allowed to what came in by Control/);
    expect(await stateOf(one, 'fine')).toBe('active');
  });

  test("the operator's own nodes open what they say", async () => {
    const one = await controlled();
    await one.runtime.specs.put({ kind: 'transcode', name: 'door', port: 0 });

    expect(await stateOf(one, 'door')).toBe('active');
  });

  test('control() says which entry it does not understand', async () => {
    const runtime = await createRuntime();
    onTestFinished(() => runtime.close());
    const make = (listen: unknown) => () =>
      control({ runtime, token: createControlToken(), allow: { listen } as Admission });

    expect(make(['http://x'])).toThrow('"http://x"');
    expect(make('127.0.0.1')).toThrow(TypeError);
  });
});
