import { inspect } from 'node:util';
import fc from 'fast-check';
import { Code, Metadata, StatusError } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { redactingLogger } from '../../src/nodes/redacting-logger.ts';
import { Secrets } from '../../src/nodes/secrets.ts';

const canary = 'k4nary/+ "s3cret" ü%';

function secretsOf(...values: unknown[]): Secrets {
  const secrets = Secrets.of(values);
  if (secrets === undefined) throw new Error('there are none');
  return secrets;
}

describe('Secrets', () => {
  test('of() finds texts at any depth, and gives undefined when nothing is one S-10', () => {
    expect(secretsOf({ a: [{ b: canary }] }).redact(`<${canary}>`)).toBe('<[redacted]>');
    expect(Secrets.of([{ port: 8000, on: true, nothing: null, word: 'true', letter: 'x' }])).toBe(undefined);
    expect(Secrets.of([])).toBe(undefined);
  });

  test('redact() finds a secret however it is written S-10', () => {
    const secrets = secretsOf(canary);
    const bytes = Buffer.from(canary);
    const written = {
      plain: canary,
      json: JSON.stringify({ canary }),
      jsonInJson: JSON.stringify({ text: JSON.stringify({ canary }) }),
      url: `https://host/?q=${encodeURIComponent(canary)}&z`,
      lowerUrl: encodeURIComponent(canary).replace(/%../g, (hex) => hex.toLowerCase()),
      form: new URLSearchParams({ q: canary }).toString(),
      userinfo: Object.assign(new URL('http://u@host/'), { password: canary }).href,
      base64: bytes.toString('base64'),
      base64url: bytes.toString('base64url'),
      basic: Buffer.from(`user:${canary}`).toString('base64'),
      between: Buffer.from(`ab${canary}yz`).toString('base64'),
      hex: bytes.toString('hex'),
      upperHex: bytes.toString('hex').toUpperCase(),
    };

    for (const [how, text] of Object.entries(written)) {
      const redacted = secrets.redact(text);
      expect(redacted, how).toContain('[redacted]');
      expect(redacted, how).not.toContain('k4nary');
      expect(redacted, how).not.toContain('azRuYXJ5');
    }
  });

  test('redact() finds a secret over several lines, and each line of it alone S-10', () => {
    const pem = '-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n';
    const secrets = secretsOf(pem);

    expect(secrets.redact(`key ${pem}!`)).toBe('key [redacted]!');
    expect(secrets.redact(JSON.stringify({ pem }))).toBe('{"pem":"[redacted]"}');
    expect(secrets.redact('bad line "hkiG9w0BAQEFAASC" in key')).toBe('bad line "[redacted]" in key');
    expect(secrets.redact(inspect({ pem }))).not.toContain('hkiG9w0');
  });

  test('redact() finds a secret of 1 MB, and the beginning of it where the text was cut S-10', () => {
    const long = Array.from({ length: 40_000 }, (_, index) => `piece ${index} of it;`).join(' ');
    const secrets = secretsOf(long);

    expect(secrets.redact(`a ${long} b`)).toBe('a [redacted] b');
    expect(secrets.redact(`field is "${long.slice(0, 60)}…", wanted`)).toBe('field is "[redacted]…", wanted');
    expect(secrets.redact(`is ${long.slice(0, 90)}`)).toBe('is [redacted]');
    expect(secrets.redact('piece 0 of cake and more')).toBe('piece 0 of cake and more');
  });

  test('redact() finds the ten characters that JSON.parse shows', () => {
    const secrets = secretsOf('sup3rsecretpassword');
    const failed = (): string => {
      try {
        return String(JSON.parse('sup3rsecretpassword'));
      } catch (error) {
        return String(error);
      }
    };

    expect(failed()).toContain('sup3rsec');
    expect(secrets.redact(failed())).not.toContain('sup3rsec');
  });

  test('redact() finds a secret without the white space that was around it in its file S-10', () => {
    const secrets = secretsOf('hunter2\n', ' trailing-space ', 'abc\n');

    expect(secrets.redact('bad token hunter2 given')).toBe('bad token [redacted] given');
    expect(secrets.redact('x trailing-space.')).toBe('x [redacted].');
    expect(secrets.redact(`Basic ${Buffer.from('user:hunter2').toString('base64')}`)).not.toContain('aHVudGVy');
    expect(secrets.redact('key "abc"')).toBe('key "[redacted]"');
  });

  test('redact() finds what a secret in base64 says, as text and as bytes S-10', () => {
    const raw = 'raw-key-material-0123';
    const bytes = Buffer.from('00ff80fe01c2339944aa', 'hex');
    const secrets = secretsOf(Buffer.from(raw).toString('base64'), `${bytes.toString('base64url')}\n`);

    expect(secrets.redact(`failed with ${raw}`)).toBe('failed with [redacted]');
    expect(secrets.redact(`key ${bytes.toString('hex')}`)).toBe('key [redacted]');
    expect(secrets.redactValue({ bytes })).toEqual({ bytes: new TextEncoder().encode('[redacted]') });
    expect(secrets.redactValue({ view: new DataView(Uint8Array.from(bytes).buffer) })).toEqual({
      view: new TextEncoder().encode('[redacted]'),
    });
  });

  test('redactValue() masks what an object shows as JSON or as pairs, and leaves it as it is otherwise S-10', () => {
    const secrets = secretsOf('canary-long-value');
    const shown = {
      url: new URL('http://u:canary-long-value@h/'),
      own: new (class {
        toJSON(): unknown {
          return { text: 'canary-long-value' };
        }
      })(),
      headers: new Headers({ authorization: 'canary-long-value' }),
      query: new URLSearchParams({ q: 'canary-long-value' }),
      many: new AggregateError([new Error('canary-long-value')], 'x'),
      broken: {
        toJSON(): never {
          throw new Error('canary-long-value');
        },
      },
    };
    const clean = { url: new URL('http://h/'), at: new Date(0), headers: new Headers({ a: 'b' }) };

    const redacted = secrets.redactValue(shown);

    expect(inspect(redacted, { depth: 9 })).not.toContain('canary');
    expect(JSON.stringify(redacted)).not.toContain('canary');
    expect(redacted).toMatchObject({
      url: 'http://u:[redacted]@h/',
      own: { text: '[redacted]' },
      many: { message: 'x' },
    });
    expect(secrets.redactValue(clean)).toBe(clean);
  });

  test('of() survives values that hold themselves', () => {
    const loop: unknown[] = ['canary-long-value'];
    loop.push(loop);

    expect(secretsOf(loop).redact('canary-long-value')).toBe('[redacted]');
  });

  test('redactError() masks texts and bytes of the trailer S-10', () => {
    const secrets = secretsOf('canary-long-value');
    const trailer = new Metadata([
      ['hint', 'is canary-long-value'],
      ['hint', 'two'],
      ['key-bin', Buffer.from('canary-long-value')],
    ]);

    const redacted = secrets.redactError(new StatusError(Code.ABORTED, 'no', { trailer }));

    expect(redacted.trailer.getAll('hint')).toEqual(['is [redacted]', 'two']);
    expect(redacted.trailer.get('key-bin')).toEqual(new TextEncoder().encode('[redacted]'));
    expect(secrets.redactError(redacted)).toBe(redacted);
  });

  test('redact() leaves short secrets inside of words alone, and masks them where they stand alone S-10', () => {
    const secrets = secretsOf({ a: 'ab' });

    expect(secrets.redact('about a cab: ab')).toBe('about a cab: ab');
    expect(secrets.redact('ab')).toBe('[redacted]');
    expect(secrets.redact('field "key" is "ab", wanted more')).toBe('field "key" is "[redacted]", wanted more');
    expect(secrets.redactValue({ a: 'ab', b: ['cab', 'ab'] })).toEqual({ a: '[redacted]', b: ['cab', '[redacted]'] });
  });

  test('redactValue() masks texts, keys, numbers and bytes, and gives the same value when there is none', () => {
    const secrets = secretsOf({ canary, pin: 12_345_678 });
    const clean = { list: [1, 'two', new Uint8Array([3])], error: new Error('four') };

    expect(secrets.redactValue(clean)).toBe(clean);
    expect(secrets.redactValue({ [canary]: 1, pin: 12_345_678, bytes: Buffer.from(`x${canary}`) })).toEqual({
      '[redacted]': 1,
      pin: '[redacted]',
      bytes: new TextEncoder().encode('[redacted]'),
    });
    expect(secrets.redactValue(new Map([['k', canary]]))).toEqual(new Map([['k', '[redacted]']]));
  });

  test('redactValue() takes secrets out of an Error, its stack, fields and causes, and survives a cycle', () => {
    const secrets = secretsOf(canary);
    const error: Error & { at?: unknown } = new TypeError(`bad ${canary}`, { cause: new Error(canary) });
    error.at = { text: canary };
    const loop: { text: string; self?: unknown } = { text: canary };
    loop.self = loop;

    const redacted = secrets.redactValue(error) as Error;

    expect(redacted).toMatchObject({ name: 'TypeError', message: 'bad [redacted]', at: { text: '[redacted]' } });
    expect(inspect(redacted)).not.toContain('k4nary');
    expect(secrets.redactValue(loop)).toEqual({ text: '[redacted]', self: '[not shown]' });
  });

  test('redactError() keeps code and origin, and drops details that hold a secret', () => {
    const secrets = secretsOf(canary);
    const clean = { typeUrl: 'x/a', value: new Uint8Array([1]) };
    const error = new StatusError(Code.ABORTED, `no ${canary}`, {
      details: [clean, { typeUrl: 'x/b', value: Buffer.from(canary) }],
      trailer: new Metadata(),
      origin: 'peer',
      cause: new Error(canary),
    });

    const redacted = secrets.redactError(error);

    expect(redacted).toMatchObject({
      code: Code.ABORTED,
      statusMessage: 'no [redacted]',
      details: [clean],
      origin: 'peer',
    });
    expect(inspect(redacted)).not.toContain('k4nary');
    expect(secrets.redactError(redacted)).toBe(redacted);
  });

  test('union() knows the secrets of all, and is the very one when there is one', () => {
    const one = secretsOf('first-one');

    expect(Secrets.union([])).toBe(undefined);
    expect(Secrets.union([undefined, one, one])).toBe(one);
    const both = Secrets.union([one, secretsOf('second')]);
    expect(both?.redact('first-one, second')).toBe('[redacted], [redacted]');
    expect(Secrets.union([one, secretsOf('second')], both)).toBe(both);
    expect(Secrets.union([one, secretsOf('other')], both)).not.toBe(both);
  });

  test('redact() takes the longest secret at each place, as looking for each one by one would', () => {
    const word = fc.stringMatching(/^[ab]{6,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), fc.array(word), (leaves, words) => {
        const text = `${words.join('')}#`;
        const longest = [...leaves].sort((a, b) => b.length - a.length);
        let wanted = '';
        for (let at = 0; at < text.length; ) {
          const found = longest.find((leaf) => text.startsWith(leaf, at));
          wanted += found === undefined ? text[at] : '[redacted]';
          at += found?.length ?? 1;
        }

        expect(secretsOf(...leaves).redact(text)).toBe(wanted);
      }),
    );
  });

  test('redact() takes little time however alike the secrets are, and whatever the text is', () => {
    const leaves = Array.from({ length: 2_000 }, (_, index) => `prefix-of-all-${index}`);
    const secrets = secretsOf(...leaves, 'a'.repeat(5_000));

    expect(secrets.redact('prefix-of-allx '.repeat(5_000))).toContain('allx');
    expect(secrets.redact('aaaaaab'.repeat(20_000))).toContain('aaaaaab');
  });

  test('redact() lets no secret through, changes nothing else, and changes nothing twice', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 6, unit: 'binary' }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.string({ maxLength: 5 })),
        (leaves, around) => {
          const secrets = Secrets.of(leaves);
          const text = around.map((part, index) => `${part}${leaves[index % leaves.length]}`).join(' ');
          const redacted = secrets?.redact(text) ?? text;
          for (const leaf of leaves)
            if (!'[redacted] [redacted]'.includes(leaf.trim())) expect(redacted.includes(leaf)).toBe(false);
          expect(secrets?.redact(redacted) ?? redacted).toBe(redacted);
          expect(secrets?.redact('<>') ?? '<>').toBe('<>');
        },
      ),
    );
  });
});

test('Secrets looks at a part that many share once, and keeps it shared S-10', () => {
  let looks = 0;
  const bottom = {
    get secret() {
      looks += 1;
      return canary;
    },
  };
  let value: object = bottom;
  for (let level = 0; level < 40; level++) value = { a: value, b: value };

  const redacted = secretsOf(canary).redactValue(value) as { a: unknown; b: unknown };

  expect(redacted.a).toBe(redacted.b);
  expect(redacted).not.toBe(value);
  expect(looks).toBeLessThan(50);
});

test('redactingLogger() redacts messages and fields, and asks for secrets line by line', () => {
  const lines: unknown[] = [];
  let secrets: Secrets | undefined;
  const keep = (message: string, fields?: object): void => void lines.push([message, fields]);
  const logger = redactingLogger({ debug: keep, info: keep, warn: keep, error: keep }, () => secrets);

  logger.info(canary, { canary });
  secrets = secretsOf(canary);
  logger.warn(canary, { error: new Error(canary), list: [canary] });

  expect(lines[0]).toEqual([canary, { canary }]);
  expect(lines[1]).toEqual(['[redacted]', { error: new Error('[redacted]'), list: ['[redacted]'] }]);
});
