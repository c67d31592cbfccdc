import { silentLogger } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { nodeWeakness, warnOfNode } from '../../../src/transport/grpc/node-floor.ts';

describe('nodeWeakness()', () => {
  test.each(['22.23.2', '22.23.3', '22.24.0', 'v24.18.1', '24.21.0', '25.0.0', '26.1.0'])(
    'has nothing against %s',
    (version) => {
      expect(nodeWeakness(version)).toBeUndefined();
    },
  );

  test.each([
    ['20.20.2', 'no security releases'],
    ['18.0.0', 'no security releases'],
    ['21.7.3', 'no security releases'],
    ['22.23.1', '22.23.2 or newer'],
    ['22.9.9', '22.23.2 or newer'],
    ['24.18.0', '24.18.1 or newer'],
    ['23.1.0', 'no security releases'],
  ])('warns of %s', (version, why) => {
    expect(nodeWeakness(version)).toContain(why);
  });
});

describe('warnOfNode()', () => {
  test('tells once, and only where strangers can come', () => {
    const told: object[] = [];
    const log = { ...silentLogger, warn: (_message: string, fields: object = {}) => told.push(fields) };

    warnOfNode({ path: '/tmp/socket' }, log, 'v20.20.2');
    warnOfNode({ host: '127.0.0.1', port: 0 }, log, 'v20.20.2');
    warnOfNode({ host: '0.0.0.0', port: 0 }, log, 'v26.0.0');
    expect(told).toEqual([]);

    warnOfNode({ host: '0.0.0.0', port: 0 }, log, 'v20.20.2');
    warnOfNode({ host: '::', port: 0 }, log, 'v20.20.2');
    expect(told).toEqual([{ reason: expect.stringContaining('CVE-2026-56846') }]);
  });
});
