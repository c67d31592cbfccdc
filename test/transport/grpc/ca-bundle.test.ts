import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Code, connect, createServer, type Logger, silentLogger } from 'flowrpc';
import { beforeAll, describe, expect, test } from 'vitest';
import { certificatesFault } from '../../../src/transport/grpc/pem-certificates.ts';
import { echo, ProbeService } from '../../suites/probe-service.ts';
import { type Authority, authority } from './certificates.ts';

const garbage = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const keyBlock = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';

let a: Authority;
let b: Authority;
beforeAll(async () => {
  [a, b] = [await authority('A'), await authority('B')];
});

const refused: readonly (readonly [string, () => string, string])[] = [
  ['garbage', () => garbage, 'it is not a valid certificate (number 1'],
  ['garbage behind a good one', () => `${a.cert}\n${garbage}`, 'it is not a valid certificate (number 2'],
  ['garbage in front of a good one', () => `${garbage}${a.cert}`, 'it is not a valid certificate (number 1'],
  ['half of one behind a good one', () => `${a.cert}\n${b.cert.slice(0, 200)}`, '(number 2 is cut off)'],
  ['half of one in front of a good one', () => `${b.cert.slice(0, 200)}\n${a.cert}`, '(number 1 is cut off)'],
  ['a beginning that is cut off', () => `${a.cert}\n-----BEGIN CERT`, 'a line of dashes is cut off'],
  ['an end that is cut off', () => `${b.cert.trimEnd().slice(0, -2)}\n${a.cert}`, '(number 1 is cut off)'],
  ['an end without a beginning', () => `${a.cert}\n-----END CERTIFICATE-----\n`, 'without its beginning'],
  ['a beginning that is not on a line of its own', () => `x${a.cert}`, 'without its beginning'],
  ['no certificate', () => keyBlock, 'it holds no PEM certificate'],
];

describe('a CA bundle', () => {
  test.each(refused)('that holds %s is refused at the start, on both sides', async (_, ca, why) => {
    await using server = createServer({ logger: silentLogger });
    const { cert, key } = await a.issue({ name: 'localhost' });
    const tls = { cert, key, ca: ca(), clientCertificate: 'require' as const };

    expect(() => connect('localhost:1', { tls: { ca: ca() } })).toThrow(why);
    await expect(server.listen('127.0.0.1:0', { tls })).rejects.toThrow(why);
  });

  test('may hold text, other material, CRLF and no last line end', () => {
    const text = `# A\n=====\n${a.cert}\n-------------\n${keyBlock}some -----BEGIN text\n${b.cert.trimEnd()}`;

    expect(certificatesFault(text)).toBeUndefined();
    expect(certificatesFault(text.replaceAll('\n', '\r\n'))).toBeUndefined();
    expect(() => connect('localhost:1', { tls: { ca: text } })).not.toThrow();
  });

  test('that is cut anywhere is refused, but for cuts that leave whole certificates', () => {
    const bundle = `${a.cert.trimEnd()}\n${b.cert.trimEnd()}\n`;
    const whole = [a.cert.trimEnd().length, bundle.length - 1];

    fc.assert(
      fc.property(fc.nat({ max: bundle.length }), (length) => {
        const behind = whole.map((end) => length - end);
        // A line end and up to four dashes of the next beginning.
        const fine = behind.some((more) => more >= 0 && more < 6);

        expect(certificatesFault(bundle.slice(0, length)) === undefined).toBe(fine);
      }),
      { numRuns: 2_000 },
    );
  });

  test('T-03 that is half written, or garbage, is ignored with one line: those it trusted are still trusted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowrpc-ca-'));
    try {
      const caFile = join(folder, 'ca.pem');
      writeFileSync(caFile, `${a.cert}\n${b.cert}\n`);
      const { cert, key } = await a.issue({ name: 'localhost', alternatives: [{ type: 'dns', value: 'localhost' }] });
      const client = await b.issue({ name: 'client' });
      const warnings: string[] = [];
      const logger: Logger = {
        ...silentLogger,
        warn: (_, fields) => warnings.push((fields as { error: string }).error),
      };
      await using server = createServer({ logger }).add(ProbeService, echo);
      const tls = { cert, key, caFile, clientCertificate: 'require' as const };
      const { port } = await server.listen('127.0.0.1:0', { tls });
      const ask = async (): Promise<Code> => {
        const own = { ca: a.cert, cert: client.cert, key: client.key };
        await using channel = connect(`localhost:${port}`, { tls: own });
        return (await channel.client(ProbeService).unary({ text: 'a', n: 1 }).status).code;
      };

      expect(await ask()).toBe(Code.OK);
      for (const [index, text] of [`${a.cert}\n${b.cert.slice(0, 300)}`, garbage].entries()) {
        writeFileSync(caFile, text);
        await expect.poll(() => warnings.length, { timeout: 10_000 }).toBe(index + 1);
        expect(warnings[index]).toContain(`Cannot use CA certificate file "${caFile}": it is not a valid certificate`);
        expect(await ask()).toBe(Code.OK);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
