import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { PemFiles } from '../../../src/transport/grpc/pem-files.ts';
import { authority, type Certificate } from './certificates.ts';

let pairs: readonly Certificate[];
beforeAll(async () => {
  const ca = await authority();
  pairs = [await ca.issue({ name: 'one' }), await ca.issue({ name: 'two' }), await ca.issue({ name: 'three' })];
});

/** What happens to one of the files: whose content it gets, how much of it, and how. */
const change = fc.record({
  part: fc.constantFrom('cert' as const, 'key' as const),
  whose: fc.nat({ max: 2 }),
  share: fc.constantFrom(1, 1, 1, 0.5, 0),
  renamed: fc.boolean(),
  looks: fc.nat({ max: 3 }),
});

const belongTogether = (cert: Buffer, key: Buffer): boolean =>
  new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));

describe('PemFiles', () => {
  test('T-03 whatever happens to its files, it holds the last pair it saw whole, and tells of each fault at most once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const folder = mkdtempSync(join(tmpdir(), 'flowrpc-pem-'));
        const content = { cert: pairs[0]!.cert, key: pairs[0]!.key };
        const path = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
        try {
          for (const part of ['cert', 'key'] as const) writeFileSync(path[part], content[part]);
          const files = new PemFiles({ certFile: path.cert, keyFile: path.key }, 'the test');
          let held = pairs[0]!;
          for (const { part, whose, share, renamed, looks } of changes) {
            const whole = pairs[whose]![part];
            content[part] = whole.slice(0, whole.length * share);
            if (renamed) {
              writeFileSync(`${path[part]}.new`, content[part]);
              renameSync(`${path[part]}.new`, path[part]);
            } else {
              writeFileSync(path[part], content[part]);
            }
            let told = 0;
            for (let look = 0; look < looks; look += 1) {
              const found = await files.look();
              if (typeof found === 'object') told += 1;
              held = pairs.find(({ cert, key }) => cert === content.cert && key === content.key) ?? held;
              expect(files.pem.cert?.toString()).toBe(held.cert);
              expect(belongTogether(files.pem.cert!, files.pem.key!)).toBe(true);
            }
            expect(told).toBeLessThanOrEqual(1);
          }
        } finally {
          rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: 60 },
    );
  });

  test('text that is given is watched for nothing', async () => {
    const files = new PemFiles({ cert: pairs[0]!.cert, key: pairs[0]!.key }, 'the test');

    expect(files.watched).toBe(false);
    expect(await files.look()).toBe('none');
  });
});
