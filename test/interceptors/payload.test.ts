import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type Client, connect, createServer, type Handlers, inProcess, loadServices, type Methods } from 'flowrpc';
import { type LoggingOptions, logging } from 'flowrpc/interceptors';
import { payloadText } from 'flowrpc/interceptors/logging/payload-text';
import { describe, expect, onTestFinished, test } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { onSide, setup, transports } from '../suites/transports.ts';

interface Line {
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

function recorder() {
  const lines: Line[] = [];
  const skip = () => {};
  const debug = (message: string, fields?: object) => void lines.push({ message, fields: { ...fields } });
  return { lines, logger: { debug, info: skip, warn: skip, error: skip } };
}

const includeDirs = [fileURLToPath(new URL('../wire/protos', import.meta.url))];
const Vault = (await loadServices('vault.proto', { includeDirs }))['vault.Vault']!;

interface Login {
  readonly user: string;
  readonly password: string;
}

/** A vault that answers what it is sent. */
async function vault(options: LoggingOptions): Promise<Client<Methods>> {
  const server = createServer({ interceptors: [logging(options)] }).add(Vault, {
    open: (login: Login) => login,
    async *watch(logins: AsyncIterable<Login>) {
      for await (const { user, password } of logins) yield { holder: user, number: password };
    },
  } as unknown as Handlers<Methods>);
  const channel = connect(inProcess(server));
  onTestFinished(async () => {
    await channel.close();
    await server.close();
  });
  return channel.client(Vault);
}

type Unary = (request: object) => Promise<unknown>;
type Bidi = (requests: readonly object[]) => AsyncIterable<unknown>;

describe('payload logging', () => {
  test('says each message at debug, without fields marked debug_redact', async () => {
    const { logger, lines } = recorder();
    const client = await vault({ logger, payloads: true });

    await (client.open as unknown as Unary)({ user: 'ada', password: 'canary', card: { number: 'canary' } });
    const watched = (client.watch as unknown as Bidi)([
      { user: 'bob', password: 'canary' },
      { user: 'eve', password: 'canary' },
    ]);
    for await (const _ of watched);

    expect(lines.map(({ message, fields }) => [message, fields.requestNumber ?? fields.responseNumber])).toEqual(
      expect.arrayContaining([
        ['server request received', 1],
        ['server response sent', 1],
        ['server request received', 2],
        ['server response sent', 2],
      ]),
    );
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatchObject({ fields: { method: '/vault.Vault/Open', side: 'server' } });
    expect(lines[0]!.fields.payload).toContain('"user":"ada","password":"<redacted>"');
    expect(lines[0]!.fields.payload).toContain('"card":{"holder":"","number":"<redacted>"}');
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('is off unless asked for', async () => {
    const { logger, lines } = recorder();
    const client = await vault({ logger });

    await (client.open as unknown as Unary)({ user: 'ada' });

    expect(lines).toEqual([]);
  });

  test('is for the methods that match', async () => {
    const { logger, lines } = recorder();
    const client = await vault({ logger, payloads: { kind: 'bidi' } });

    await (client.open as unknown as Unary)({ user: 'ada' });
    for await (const _ of (client.watch as unknown as Bidi)([{ user: 'bob' }]));

    expect(lines.map(({ fields }) => fields.method)).toEqual(['/vault.Vault/Watch', '/vault.Vault/Watch']);
  });

  test('is cut to the length asked for', async () => {
    const { logger, lines } = recorder();
    const client = await vault({ logger, payloads: true, maxPayloadLength: 20 });

    await (client.open as unknown as Unary)({ user: 'a'.repeat(100_000) });

    expect(lines.map(({ fields }) => fields.payload)).toEqual(['{"user":"aaaaaaaaaa…', '{"user":"aaaaaaaaaa…']);
  });

  test('speaks as go-grpc-middleware does', async () => {
    const { logger, lines } = recorder();
    const client = await vault({ logger, payloads: true, dialect: 'go-grpc-middleware' });

    await (client.open as unknown as Unary)({ user: 'ada' });

    expect(lines).toMatchObject([
      {
        message: 'server request received',
        fields: { 'grpc.method': 'Open', 'grpc.request.content': expect.stringContaining('"ada"') },
      },
      {
        message: 'server response sent',
        fields: { 'grpc.method': 'Open', 'grpc.response.content': expect.stringContaining('"ada"') },
      },
    ]);
  });

  test('hides messages of codecs that do not know what is secret, unless told what may be shown', async () => {
    const hiding = recorder();
    const showing = recorder();
    await using probe = await setup(transports[0]!, {
      handlers: everyKind(shout),
      ...onSide(
        'client',
        logging({ logger: hiding.logger, payloads: true }),
        logging({
          logger: showing.logger,
          payloads: true,
          redactPayload: (message) => ({ n: (message as { n: 1 }).n }),
        }),
      ),
    });

    await run(probe.client, 'unary', {}, [{ text: 'canary', n: 7 }]);

    expect(hiding.lines.map(({ message, fields }) => [message, fields.payload])).toEqual([
      ['client request sent', '"<hidden: no descriptors to redact by>"'],
      ['client response received', '"<hidden: no descriptors to redact by>"'],
      // The line of the call itself, which a client says at debug.
      ['client call ended', undefined],
    ]);
    expect(showing.lines.map(({ fields }) => fields.payload)).toEqual(['{"n":7}', '{"n":7}', undefined]);
  });

  test('tells raw bytes by their number', async () => {
    const { logger, lines } = recorder();
    await using probe = await setup(transports[0]!, onSide('client', logging({ logger, payloads: true })));

    await probe.channel.call('/no.Such/Method', new TextEncoder().encode('canary')).status;

    expect(lines.map(({ fields }) => fields.payload)).toContain('"<6 bytes>"');
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('lets a message through that cannot be told', async () => {
    const { logger } = recorder();
    const broken = () => {
      throw new Error('broken');
    };
    const client = await vault({ logger, payloads: true, redactPayload: broken });

    expect(await (client.open as unknown as Unary)({ user: 'ada' })).toMatchObject({ user: 'ada' });
  });
});

describe('payloadText()', () => {
  test('prints JSON', () => {
    const value = { a: [1, -0.5, true, null], 'b"c': 'x\ny', none: undefined };

    expect(payloadText(value, 100)).toBe(JSON.stringify(value));
  });

  test('prints what JSON has no word for', () => {
    expect(payloadText([1n, Number.NaN, new Uint8Array(3), () => 1, Symbol('s'), new Error('bad')], 200)).toBe(
      '["1","NaN","<3 bytes>","<function>","<symbol>","Error: bad"]',
    );
  });

  test('survives values that contain themselves and getters that throw', () => {
    const circle: Record<string, unknown> = { n: 1 };
    circle.self = circle;
    const trap = {
      before: 1,
      get value(): never {
        throw new Error('trap');
      },
    };

    expect(payloadText(circle, 10_000)).toContain('"<deeper>"');
    expect(payloadText(trap, 100)).toContain('"before":1');
    expect(payloadText(Proxy.revocable({}, {}).proxy, 100)).toBe('{}');
  });

  test('is JSON.stringify for JSON, and never longer than asked for', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 1, max: 300 }), (value, maxLength) => {
        const whole = JSON.stringify(value);
        const text = payloadText(value, maxLength);
        expect(text.length).toBeLessThanOrEqual(maxLength);
        if (whole.length <= maxLength) expect(JSON.parse(text)).toEqual(JSON.parse(whole));
        else expect(text.endsWith('…')).toBe(true);
      }),
    );
  });

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true, withNullPrototype: true }),
        (value) => {
          expect(payloadText(value, 64).length).toBeLessThanOrEqual(64);
        },
      ),
    );
  });

  test('reads no more of a value than it shows', () => {
    let read = 0;
    const list = new Proxy([] as unknown[], {
      get: (target, name) =>
        name === 'length' ? 1e9 : /^\d+$/.test(String(name)) ? ++read : Reflect.get(target, name),
    });

    payloadText(list, 100);

    expect(read).toBeLessThan(200);
  });
});
