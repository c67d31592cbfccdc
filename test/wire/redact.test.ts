import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadFiles, messageCodec } from '../../src/wire/index.ts';

const includeDirs = [fileURLToPath(new URL('protos', import.meta.url))];
const files = await loadFiles(['vault.proto', 'vault_groups.proto'], { includeDirs });
const login = messageCodec(files, 'vault.Login');
const plain = messageCodec(files, 'vault.Plain');
const even = messageCodec(files, 'vault.Even');
const old = messageCodec(files, 'vault_groups.Old');

describe('redact()', () => {
  test('replaces marked fields, nested, repeated, in maps and in oneofs', () => {
    const card = { holder: 'Ada', number: 'canary' };

    const shown = login.redact({
      user: 'ada',
      password: 'canary',
      key: new Uint8Array([1]),
      codes: ['canary'],
      card,
      cards: [card, { holder: 'Bob', number: 'canary' }],
      wallet: { main: card },
      secrets: { canary: 'canary' },
      labels: { a: 'b' },
      proof: { case: 'swipe', value: card },
      hidden: card,
      inner: { user: 'inner', password: 'canary', proof: { case: 'pin', value: 'canary' } },
      shown: true,
      balance: 7n,
    });

    const redacted = '<redacted>';
    const safe = { holder: 'Ada', number: redacted };
    expect(shown).toEqual({
      user: 'ada',
      password: redacted,
      key: redacted,
      codes: redacted,
      card: safe,
      cards: [safe, { holder: 'Bob', number: redacted }],
      wallet: { main: safe },
      secrets: redacted,
      labels: { a: 'b' },
      proof: { case: 'swipe', value: safe },
      hidden: redacted,
      inner: { user: 'inner', password: redacted, proof: { case: 'pin', value: redacted } },
      shown: true,
      balance: redacted,
    });
  });

  test('leaves the message itself as it is', () => {
    const message = Object.freeze({ user: 'ada', password: 'canary', card: Object.freeze({ number: 'canary' }) });

    login.redact(message);

    expect(message).toEqual({ user: 'ada', password: 'canary', card: { number: 'canary' } });
  });

  test('gives back messages of types without marked fields, as they are', () => {
    const message = { name: 'a', next: { name: 'b' } };

    expect(plain.redact(message)).toBe(message);
  });

  test('replaces marked fields of proto2 groups', () => {
    const shown = old.redact({
      part: { note: 'n', secret: 'canary' },
      line: [{ secret: 'canary' }],
      gone: { note: 'canary' },
    });

    expect(shown).toEqual({
      part: { note: 'n', secret: '<redacted>' },
      line: [{ secret: '<redacted>' }],
      gone: '<redacted>',
    });
  });

  test('finds marked fields of types that contain each other, and ends with a message that contains itself', () => {
    const odd: Record<string, unknown> = { deep: 'canary' };
    odd.even = { odd };

    const shown = JSON.stringify(even.redact({ odd }));

    expect(shown).toContain('<redacted>');
    expect(shown).not.toContain('canary');
  });

  test('shows nothing of what is not of the shape of its type', () => {
    expect(login.redact('canary')).toBe('<redacted>');
    expect(
      login.redact({ pasword: 'canary', card: 'canary', cards: 'canary', wallet: ['canary'], proof: 'canary' }),
    ).toEqual({ card: '<redacted>', cards: '<redacted>', wallet: '<redacted>', proof: '<redacted>' });
    expect(login.redact({ proof: { case: 'pan', value: 'canary' } })).toEqual({
      proof: { case: 'pan', value: '<redacted>' },
    });
  });

  test('never lets a marked value through, however deep', () => {
    const card = fc.record({ holder: fc.string(), number: fc.constant('canary') });
    const message = fc.letrec<{ login: object }>((tie) => ({
      login: fc.record(
        {
          user: fc.string(),
          password: fc.constant('canary'),
          codes: fc.array(fc.constant('canary')),
          card,
          cards: fc.array(card),
          wallet: fc.dictionary(fc.string(), card),
          proof: fc.oneof(
            fc.record({ case: fc.constant('pin'), value: fc.constant('canary') }),
            fc.record({ case: fc.constant('swipe'), value: card }),
            fc.record({ case: fc.constant('badge'), value: fc.string() }),
          ),
          hidden: card,
          inner: tie('login'),
        },
        { requiredKeys: [] },
      ),
    })).login;

    fc.assert(
      fc.property(message, (sent) => {
        const received = login.decode(login.encode(sent));
        expect(JSON.stringify([login.redact(sent), login.redact(received)], bigints)).not.toContain('canary');
      }),
    );
  });
});

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
