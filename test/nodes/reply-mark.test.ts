import fc from 'fast-check';
import { badRequest, Code, loadServices, StatusError } from 'flowrpc';
import { none } from 'flowrpc/nodes';
import { beforeAll, describe, expect, test } from 'vitest';
import { markedCodec } from '../../src/nodes/reply-mark.ts';
import { replyCodec, valueCodec } from '../../src/wire/value.ts';
import { greeterProto } from './greeter.ts';

type Codec = typeof replyCodec;
let typed: Codec;
beforeAll(async () => {
  const { 'helloworld.Greeter': greeter } = await loadServices(greeterProto);
  typed = greeter!.methods.sayHello!.response as Codec;
});

/** Field 536870911, length-delimited, and what a mark of "no response" is. */
const markBytes = Uint8Array.from([0xfa, 0xff, 0xff, 0xff, 0x0f, 0x02, 0x08, 0x01]);

describe('markedCodec()', () => {
  test('leaves values as they are, those that hold the bytes of a mark included', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.uint8Array(),
      fc.constant(markBytes),
      fc.constant({ bytes: markBytes, text: Buffer.from(markBytes).toString('latin1') }),
    );

    fc.assert(
      fc.property(value, (reply) => {
        const bytes = markedCodec(replyCodec).encode(reply);

        expect(Buffer.from(bytes)).toEqual(Buffer.from(replyCodec.encode(reply)));
        expect(markedCodec(replyCodec).decode(bytes)).toEqual(replyCodec.decode(bytes));
      }),
    );
  });

  test('carries "no response" and errors, with code, message and details, in values and in typed messages', () => {
    const error = fc.record({ code: fc.integer({ min: 1, max: 16 }), message: fc.string(), field: fc.string() }).map(
      ({ code, message, field }) =>
        new StatusError(code as Exclude<Code, 0>, message, {
          details: [badRequest({ fieldViolations: [{ field, description: 'wrong' }] })],
        }),
    );

    for (const codec of [markedCodec(replyCodec), markedCodec(typed)]) {
      expect(codec.decode(codec.encode(none))).toBe(none);
      fc.assert(
        fc.property(error, (sent) => {
          const { code, statusMessage, details } = sent;
          expect(codec.decode(codec.encode(sent))).toMatchObject({
            code,
            statusMessage,
            details: [{ typeUrl: details[0]!.typeUrl, value: expect.anything() }],
            origin: 'peer',
          });
        }),
      );
      expect(codec.decode(codec.encode(new Error('boom')))).toMatchObject({
        code: Code.UNKNOWN,
        statusMessage: 'boom',
      });
    }
  });

  test('is skipped by readers that do not know it', () => {
    expect(valueCodec.decode(markedCodec(replyCodec).encode(new Error('boom')))).toMatchObject({ message: 'boom' });
    expect(valueCodec.decode(markedCodec(replyCodec).encode(none))).toBe(null);
    const fieldsOf = (bytes: Uint8Array) => Object.entries(typed.decode(bytes) as object);
    expect(fieldsOf(markedCodec(typed).encode(none))).toEqual(fieldsOf(new Uint8Array()));
  });

  test('reads whatever comes as its codec does, or as a mark', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (noise) => {
        for (const bytes of [noise, Uint8Array.from([...noise, ...markBytes])]) {
          try {
            markedCodec(replyCodec).decode(bytes);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(StatusError);
          }
        }
      }),
    );
  });
});
