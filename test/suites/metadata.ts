import { Code, StatusError } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { gate } from './gate.ts';
import { everyKind, kinds, outcome, run, shout, start } from './kinds.ts';
import { setup, type TestTransport } from './transports.ts';

/** Headers and trailers, both ways, whatever the kind (#145). */
export function metadata(transport: TestTransport): void {
  describe.each(kinds)('%s', (kind) => {
    test('the handler sees keys in lower case, several values in order, and bytes intact', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
      let seen: unknown[] = [];
      await using probe = await setup(transport, {
        handlers: everyKind(async function* look(requests, context) {
          const { metadata: sent } = context;
          seen = [
            sent.get('X-One'),
            sent.getAll('x-many'),
            sent.getAll('x-data-bin').map((value) => [...value]),
            sent.has('x-none'),
          ];
          yield* shout(requests, context);
        }),
      });

      const { status } = await run(probe.client, kind, {
        metadata: { 'X-One': '1', 'x-many': ['a', 'b', 'c, d'], 'x-data-bin': [bytes, new Uint8Array()] },
      });

      expect(status.code).toBe(Code.OK);
      expect(seen).toEqual(['1', ['a', 'b', 'c, d'], [[...bytes], []], false]);
    });

    test('header and trailer reach the caller on success', async () => {
      await using probe = await setup(transport, {
        handlers: everyKind(async function* reply(requests, context) {
          context.header.append('x-head', '1').append('x-head', '2').set('x-head-bin', Uint8Array.of(0, 255));
          context.trailer.append('x-tail', '3').append('x-tail', '4').set('x-tail-bin', Uint8Array.of(1));
          yield* shout(requests, context);
        }),
      });

      const { status, header } = await run(probe.client, kind);

      expect(status.code).toBe(Code.OK);
      expect(listed(header.getAll('x-head'))).toEqual(['1', '2']);
      expect([...header.get('x-head-bin')!]).toEqual([0, 255]);
      expect(header.has('x-tail')).toBe(false);
      expect(listed(status.trailer.getAll('x-tail'))).toEqual(['3', '4']);
      expect([...status.trailer.get('x-tail-bin')!]).toEqual([1]);
    });

    test('header and trailer reach the caller of a call that fails before its first message', async () => {
      await using probe = await setup(transport, {
        handlers: everyKind((_requests, context) => {
          context.header.set('x-head', 'h');
          context.trailer.set('x-tail', 'handler').set('x-both', 'handler');
          throw new StatusError(Code.NOT_FOUND, 'none', { trailer: { 'x-both': 'error', 'x-own': 'error' } });
        }),
      });

      const { status, header } = await run(probe.client, kind);

      expect(status).toMatchObject({ code: Code.NOT_FOUND, message: 'none' });
      expect(header.get('x-head')).toBe('h');
      expect([...status.trailer].filter(([key]) => key.startsWith('x-')).sort()).toEqual([
        ['x-both', 'error'],
        ['x-own', 'error'],
        ['x-tail', 'handler'],
      ]);
    });

    test('with no header set a failure is Trailers-Only: the caller sees an empty header', async () => {
      await using probe = await setup(transport, {
        handlers: everyKind((_requests, { trailer }) => {
          trailer.set('x-tail', 't');
          throw new StatusError(Code.ABORTED, 'stop');
        }),
      });

      const { status, header } = await run(probe.client, kind);

      expect(status.code).toBe(Code.ABORTED);
      expect(header.size).toBe(0);
      expect(status.trailer.get('x-tail')).toBe('t');
    });

    test('sendHeader() sends the header while the handler goes on', async () => {
      const resume = gate();
      await using probe = await setup(transport, {
        handlers: everyKind(async function* early(requests, context) {
          context.header.set('x-early', 'yes');
          context.sendHeader();
          await resume.promise;
          yield* shout(requests, context);
        }),
      });

      const call = start(probe.client, kind);
      const header = await call.header;
      resume.open();
      const { status } = await outcome(call);

      expect(header.get('x-early')).toBe('yes');
      expect(status.code).toBe(Code.OK);
    });

    test('a header set after it was sent fails the call instead of being lost', async () => {
      await using probe = await setup(transport, {
        handlers: everyKind(async function* late(requests, context) {
          context.sendHeader();
          context.header.set('x-late', '1');
          yield* shout(requests, context);
        }),
      });

      const { status } = await run(probe.client, kind);

      expect(status.code).toBe(Code.UNKNOWN);
    });
  });

  test('two values of authorization are INVALID_ARGUMENT, and nothing is sent', async () => {
    let handled = 0;
    await using probe = await setup(transport, {
      handlers: everyKind((requests, context) => {
        handled += 1;
        return shout(requests, context);
      }),
    });

    const { status } = await run(probe.client, 'unary', { metadata: { authorization: ['a', 'b'] } });

    expect(status).toMatchObject({ code: Code.INVALID_ARGUMENT, origin: 'local', unseen: true });
    expect(handled).toBe(0);
  });

  test('a header set after the last message fails the call', async () => {
    await using probe = await setup(transport, {
      handlers: {
        async *serverStream({ text, n }, context) {
          yield { text, n };
          context.header.set('x-late', '1');
        },
      },
    });

    const { status, messages } = await run(probe.client, 'serverStream');

    expect(messages).toHaveLength(1);
    expect(status.code).toBe(Code.UNKNOWN);
  });

  test('what a handler does to its metadata does not reach the next call', async () => {
    const value = Uint8Array.of(1, 2);
    const options = { metadata: { 'x-data-bin': value } };
    const seen: number[][] = [];
    await using probe = await setup(transport, {
      handlers: {
        unary: ({ text, n }, { metadata: sent }) => {
          seen.push([...sent.get('x-data-bin')!]);
          sent.clone().set('x-data-bin', Uint8Array.of(9));
          return { text, n };
        },
      },
    });

    await probe.client.unary({ text: '', n: 0 }, options);
    await probe.client.unary({ text: '', n: 0 }, options);

    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });
}

/** Text values of one key may arrive joined by commas (PROTOCOL-HTTP2, "Custom-Metadata"), and do through grpc-js. */
function listed(values: readonly string[]): readonly string[] {
  return values.flatMap((value) => value.split(', '));
}
