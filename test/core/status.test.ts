import fc from 'fast-check';
import {
  Code,
  codeByName,
  codeName,
  codeOf,
  Metadata,
  ok,
  StatusError,
  statusFrom,
  statusOf,
  withStatus,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { isStatus } from '../../src/core/status.ts';
import { safeMessage } from '../../src/transport/outgoing-status.ts';

/** Any code unit, lone surrogates included. */
const utf16 = fc.oneof(
  fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
  fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
);

describe('codes', () => {
  test('any number is a code of gRPC, others are UNKNOWN', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double(), fc.anything()), (value) => {
        const code = codeOf(value);

        expect(Number.isInteger(code) && code >= 0 && code <= 16).toBe(true);
        if (code !== Code.UNKNOWN) expect(code).toBe(value);
      }),
    );
  });

  test('names go both ways, in any case', () => {
    for (const [name, code] of Object.entries(Code)) {
      expect(codeName(code)).toBe(name);
      expect(codeByName(name.toLowerCase())).toBe(code);
      expect(codeByName(name.replaceAll('_', ''))).toBe(code);
    }
    expect(codeByName('NOPE')).toBeUndefined();
    expect(codeName(99)).toBe('UNKNOWN');
  });
});

describe('statusOf()', () => {
  test('anything thrown is a status, never an error of its own', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withSet: true }),
        (thrown) => {
          const status = statusOf(thrown);

          expect(isStatus(status)).toBe(true);
          expect(status.code).toBe(Code.UNKNOWN);
          expect(typeof status.message).toBe('string');
        },
      ),
    );
  });

  test.each([
    ['null', null],
    ['undefined', undefined],
    ['a symbol', Symbol('s')],
    ['a revoked proxy', revoked()],
    [
      'an object that throws when printed',
      {
        toString: () => {
          throw new Error('no');
        },
      },
    ],
    ['an Error whose message is no text', Object.assign(new Error('x'), { message: 7 })],
  ])('%s too', (_name, thrown) => {
    const status = statusOf(thrown);

    expect(status.code).toBe(Code.UNKNOWN);
    expect(typeof status.message).toBe('string');
    expect(status.cause).toBeDefined();
  });

  test('a StatusError keeps what it says', () => {
    const cause = new Error('why');
    const details = [{ typeUrl: 'a/b', value: Uint8Array.of(1) }];
    const error = new StatusError(Code.NOT_FOUND, 'no row', { details, trailer: { 'x-a': '1' }, cause });

    const status = statusOf(error);

    expect(status).toMatchObject({ code: Code.NOT_FOUND, message: 'no row', details, origin: 'local' });
    expect(status.cause).toBe(cause);
    expect(status.trailer.get('x-a')).toBe('1');
    expect(error.message).toBe('NOT_FOUND: no row');
  });

  test.each([Code.OK, 17, -1, 1.5, Number.NaN, '5'])(
    'a StatusError made with %s, past the types, is UNKNOWN',
    (code) => {
      const status = statusOf(new StatusError(code as never, { not: 'text' } as never));

      expect(status.code).toBe(Code.UNKNOWN);
      expect(isStatus(status)).toBe(true);
    },
  );

  test('an error of another copy of this package is recognised', () => {
    const foreign = Object.assign(new Error('NOT_FOUND: x'), {
      code: Code.NOT_FOUND,
      statusMessage: 'x',
      details: [],
      origin: 'local',
      trailer: new Metadata(),
    });
    Object.defineProperty(foreign, Symbol.for('flowrpc.StatusError'), { value: true });

    expect(foreign instanceof StatusError).toBe(true);
    expect(statusOf(foreign)).toMatchObject({ code: Code.NOT_FOUND, message: 'x' });
  });

  test('the error of a client call does not hand its trailer on', () => {
    const upstream = StatusError.of(statusFrom(Code.ABORTED, 'x', { trailer: { 'x-a': '1' }, origin: 'peer' }), '/a/B');

    expect(upstream.trailer.get('x-a')).toBe('1');
    expect(statusOf(upstream).trailer.size).toBe(0);
    expect(statusOf(upstream).cause).toBe(upstream);
  });
});

describe('statuses', () => {
  test('withStatus() changes what is named and keeps the rest', () => {
    const before = statusFrom(Code.ABORTED, 'a', { trailer: { 'x-a': '1' }, origin: 'peer', cause: 1 });

    const after = withStatus(before, { code: Code.INTERNAL, cause: undefined });

    expect(after).toMatchObject({ code: Code.INTERNAL, message: 'a', origin: 'peer' });
    expect(after.trailer.get('x-a')).toBe('1');
    expect(after.cause).toBeUndefined();
    expect(before.code).toBe(Code.ABORTED);
  });

  test('every OK has a trailer of its own', () => {
    ok().trailer.set('x-a', '1');

    expect(ok().trailer.size).toBe(0);
  });

  test('a printed status shows no cause', () => {
    const status = statusFrom(Code.INTERNAL, 'm', { cause: new Error('secret') });

    expect(JSON.stringify(status)).not.toContain('secret');
    expect(Object.keys(status)).not.toContain('cause');
  });

  test('isStatus() takes look-alikes and refuses all else', () => {
    expect(isStatus({ code: 0, message: '', details: [], trailer: new Metadata(), origin: 'local' })).toBe(true);
    for (const wrong of [
      null,
      undefined,
      0,
      'OK',
      {},
      { code: 0 },
      { code: 17, message: '', details: [], trailer: new Metadata() },
    ])
      expect(isStatus(wrong)).toBe(false);
  });
});

describe('safeMessage()', () => {
  test('any UTF-16 text becomes one that can travel and fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: utf16, maxLength: 200 }),
        fc.integer({ min: 16, max: 400 }),
        (message, maxBytes) => {
          const safe = safeMessage(message, maxBytes);

          expect(safe.isWellFormed()).toBe(true);
          expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(maxBytes);
          if (Buffer.byteLength(message.toWellFormed()) <= maxBytes) expect(safe).toBe(message.toWellFormed());
          else expect(message.toWellFormed().startsWith(safe.slice(0, -1))).toBe(true);
        },
      ),
    );
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
