import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Code } from 'flowrpc';
import { parse } from 'pg-connection-string';
import { describe, expect, onTestFinished, test } from 'vitest';
import { postgresSource } from '../../../src/nodes/sql/postgres-source.ts';
import { reachOf } from '../../../src/nodes/sql/source.ts';
import { runGraph } from '../../graph/run-graph.ts';
import { temporaryFolder } from '../../stores/temporary-folder.ts';

/** Where the driver connects with what it is given. */
function driverTarget(connectionString: string): string {
  const { host, port } = parse(connectionString);
  return `${host}:${port}`;
}

describe('postgresSource', () => {
  test.each([
    ['postgres://u:p@db.allowed:5432/shop?host=db.allowed&host=127.0.0.1&port=6379', '127.0.0.1:6379'],
    ['postgres://u:p@db.allowed:5432/shop?host=', 'db.allowed:5432'],
    ['postgres://u:p@db.allowed/shop', 'db.allowed:5432'],
    ['postgres:///shop', 'localhost:5432'],
    ['postgres://[::1]:99/shop', '::1:99'],
    ['host=10.0.0.1 port=7 user=u dbname=shop', '10.0.0.1:7'],
  ])('%s: the driver goes where Control has looked (S-11)', (source, target) => {
    const read = postgresSource(source);

    expect(read.target).toBe(target);
    expect(driverTarget(read.connectionString)).toBe(target);
    expect(read.label).toContain(target);
  });

  test.each([
    'postgres://u:p@db.allowed/shop?host=db.allowed&host=/var/run/postgresql',
    'postgres://%2Fvar%2Frun%2Fpostgresql/shop',
    'host=/var/run/postgresql dbname=shop',
  ])('%s: a socket of this machine is a file', (source) => {
    expect(reachOf('postgres', source)).toEqual({ file: true });
    expect(parse(postgresSource(source).connectionString).host).toBe('/var/run/postgresql');
  });

  test.each([
    'postgres://a,b/shop?port=x',
    'postgres://db/shop?port=99999',
    'postgres://db/shop?host=a b',
    'mysql://db/x',
  ])('refuses %s', (source) => {
    expect(() => postgresSource(source)).toThrow('the source is not understood');
  });

  test('whatever a source says, the driver goes where it was said to', () => {
    const place = fc.constantFrom(
      '',
      'db',
      '127.0.0.1',
      '[::1]',
      '%31.2.3.4',
      '%2Frun',
      '/run',
      'a@b',
      'a:b',
      '5432',
      '99',
      '0x7f.1',
    );
    const pair = fc.tuple(fc.constantFrom('host', 'port', 'sslmode', 'Host'), place).map((texts) => texts.join('='));
    const source = fc
      .tuple(place, place, fc.array(pair, { maxLength: 5 }))
      .map(([host, port, query]) => `postgres://u:p@${host}:${port}/shop?${query.join('&')}`);
    fc.assert(
      fc.property(source, (text) => {
        let read: ReturnType<typeof postgresSource>;
        try {
          read = postgresSource(text);
        } catch {
          return;
        }
        if (read.target === undefined) expect(parse(read.connectionString).host).toMatch(/^\//);
        else expect(driverTarget(read.connectionString)).toBe(read.target);
      }),
    );
  });

  test('certificates and keys are files of this machine: read from the folder of the spec, and never a pipe', async () => {
    const sockets = createServer((socket) => void socket.destroy());
    await new Promise<void>((resolve) => void sockets.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void sockets.close());
    const { port } = sockets.address() as { port: number };
    const folder = await temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'ca.pem')]);
    const source = `postgres://u:p@127.0.0.1:${port}/shop?sslrootcert=ca.pem`;
    const graph = await runGraph([{ kind: 'sql', name: 'db', driver: 'postgres', source }], [], { baseDir: folder });

    await expect(graph.call('db', 'select 1', { timeoutMs: 10_000 })).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      message: expect.stringContaining('"ca.pem" is no file') as string,
    });
    expect(reachOf('postgres', source)).toEqual({ target: `127.0.0.1:${port}`, file: true });
    expect(postgresSource(source, folder).files).toEqual([join(folder, 'ca.pem')]);
  });
});
