import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Admission, clientOf } from '../../../src/transport/grpc/admission.ts';

describe('clientOf()', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:0:1::7', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['2001:0db8:0000:0001::', '2001:db8:0:1::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    [undefined, ''],
  ])('%s counts as %s', (address, client) => {
    expect(clientOf(address)).toBe(client);
  });

  test('all addresses of a /64 network are one client, those of two networks are two', () => {
    const prefix = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 0xffff })));
    const host = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 0xffff })));
    const text = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(':');

    fc.assert(
      fc.property(prefix, prefix, host, host, (net, other, one, two) => {
        const client = clientOf(text([...net, ...one]));

        expect(clientOf(text([...net, ...two]))).toBe(client);
        expect(clientOf(`${text(net)}::${(two[3] ?? 0).toString(16)}`)).toBe(client);
        expect(clientOf(text([...other, ...one])) === client).toBe(text(net) === text(other));
      }),
    );
  });
});

describe('Admission', () => {
  test('never lets in more than its limits, and forgets who left', () => {
    const step = fc.record({ client: fc.constantFrom('', 'a', 'b', 'c'), leave: fc.boolean() });

    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.integer({ min: 1, max: 8 }), (steps, maxConnections) => {
        const highs: boolean[] = [];
        const admission = new Admission({ maxConnections, maxConnectionsPerClient: 2, pressureAt: 0.8 }, (high) =>
          highs.push(high),
        );
        const inside = new Map<string, number>();
        const total = (): number => [...inside.values()].reduce((sum, count) => sum + count, 0);
        for (const { client, leave } of steps) {
          const own = inside.get(client) ?? 0;
          if (leave) {
            if (own === 0) continue;
            admission.leave(client);
            inside.set(client, own - 1);
          } else {
            const expected = total() >= maxConnections ? 'total' : client !== '' && own >= 2 ? 'client' : undefined;
            expect(admission.enter(client)).toBe(expected);
            if (expected === undefined) inside.set(client, own + 1);
          }
          expect(admission.utilisation).toBe(total() / maxConnections);
        }
        // High and low take turns, beginning with high.
        expect(highs.every((high, index) => high === (index % 2 === 0))).toBe(true);
      }),
    );
  });
});
