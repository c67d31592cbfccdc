import fc from 'fast-check';
import { limitKey, networkOf } from 'flowrpc/interceptors/limits/rate-limit-key';
import { tokenBucket } from 'flowrpc/interceptors/limits/token-bucket';
import { fakeContext } from 'flowrpc/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('tokenBucket() says how long until there are tokens, and takes them when that is soon enough', () => {
  const bucket = tokenBucket({ perSecond: 10, burst: 2 });

  const waits = [0, 0, 0, 250, 250].map((maxWaitMs) => bucket.take('a', 1, maxWaitMs));

  expect(waits).toEqual([0, 0, 100, 100, 200]);
  expect(bucket.take('b', 2, 0)).toBe(0);
  expect(bucket.take('c', 3, 1e9)).toBe(Number.POSITIVE_INFINITY);
});

test('tokenBucket() keeps a fraction of its rate in the long run', () => {
  const bucket = tokenBucket({ perSecond: 3, burst: 1 });
  let taken = 0;

  for (let ms = 0; ms < 60_000; ms += 7) {
    if (bucket.take('a', 1, 0) === 0) taken += 1;
    vi.advanceTimersByTime(7);
  }

  expect(taken).toBeGreaterThan(175);
  expect(taken).toBeLessThanOrEqual(181);
});

test('tokenBucket() forgets nobody who has promised tokens to pay back', () => {
  const bucket = tokenBucket({ perSecond: 10, burst: 1 });
  for (let n = 0; n < 6; n++) bucket.take('a', 1, 1_000);

  for (let n = 0; n < 3; n++) {
    vi.advanceTimersByTime(110);
    bucket.take('b', 1, 0);
  }

  expect(bucket.take('a', 1, 0)).toBeCloseTo(270, 3);
});

describe('#137 tokenBucket() under 100,000 keys', () => {
  test('remembers no more than it may', () => {
    const bucket = tokenBucket({ perSecond: 1, maxKeys: 1_000 });
    let most = 0;

    for (let n = 0; n < 100_000; n++) {
      bucket.take(`peer:${n}`, 1, 0);
      most = Math.max(most, bucket.size);
    }

    expect(most).toBeLessThanOrEqual(1_000);
  });

  test('goes on holding those who call meanwhile to their limit', () => {
    const bucket = tokenBucket({ perSecond: 0.001, burst: 1, maxKeys: 1_000 });
    let taken = 0;

    for (let n = 0; n < 100_000; n++) {
      bucket.take(`peer:${n}`, 1, 0);
      if (n % 100 === 0 && bucket.take('regular', 1, 0) === 0) taken += 1;
    }

    expect(taken).toBe(1);
  });

  test('forgets those who have gone, once they would have a full bucket', () => {
    const bucket = tokenBucket({ perSecond: 10, burst: 5, maxKeys: 200_000 });
    for (let n = 0; n < 100_000; n++) bucket.take(`peer:${n}`, 1, 0);
    const before = bucket.size;

    for (let n = 0; n < 3; n++) {
      vi.advanceTimersByTime(600);
      bucket.take('last', 1, 0);
    }

    expect(before).toBe(100_000);
    expect(bucket.size).toBeLessThanOrEqual(2);
  });
});

test('tokenBucket() that forgets decides like one that never does', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    tokens: fc.integer({ min: 1, max: 3 }),
    maxWaitMs: fc.constantFrom(0, 0, 40, 500),
    pauseMs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2_000 })),
  });
  const property = fc.property(
    fc.constantFrom(5, 10, 50),
    fc.integer({ min: 1, max: 4 }),
    fc.array(step, { maxLength: 60 }),
    (perSecond, burst, steps) => {
      const bucket = tokenBucket({ perSecond, burst });
      const naive = naiveBuckets(perSecond, burst);
      for (const { key, tokens, maxWaitMs, pauseMs } of steps) {
        expect(bucket.take(key, tokens, maxWaitMs)).toBeCloseTo(naive(key, tokens, maxWaitMs), 3);
        vi.advanceTimersByTime(pauseMs);
      }
    },
  );

  fc.assert(property, { numRuns: 200 });
});

/** Tokens that drip, debts that are paid first, and no memory too dear. */
function naiveBuckets(perSecond: number, burst: number): (key: string, tokens: number, maxWaitMs: number) => number {
  const levels = new Map<string, { tokens: number; at: number }>();
  return (key, tokens, maxWaitMs) => {
    if (tokens > burst) return Number.POSITIVE_INFINITY;
    const now = performance.now();
    const level = levels.get(key) ?? { tokens: burst, at: now };
    const full = Math.min(burst, level.tokens + ((now - level.at) * perSecond) / 1_000);
    const missing = tokens - full;
    const waitMs = missing <= 1e-6 ? 0 : (missing * 1_000) / perSecond;
    levels.set(key, { tokens: waitMs <= maxWaitMs ? full - tokens : full, at: now });
    return waitMs;
  };
}

describe('limitKey()', () => {
  const peer = { address: '192.0.2.7:40000' };
  const identity = { subject: 'billing', names: ['URI:spiffe://shop/billing'], fingerprint: '' };
  const certified = fakeContext({ peer: { ...peer, identity } });
  const nameless = fakeContext({ peer: { ...peer, identity: { ...identity, names: [] } } });
  const stranger = fakeContext({ peer, metadata: { 'x-tenant': 'a'.repeat(10_000), 'x-id-bin': new Uint8Array([1]) } });

  test('identity counts by what the certificate proves, else by peer', () => {
    const keyOf = limitKey('identity');

    expect([certified, nameless, stranger].map(keyOf)).toEqual([
      'identity:URI:spiffe://shop/billing',
      'identity:billing',
      'peer:192.0.2.7',
    ]);
  });

  test('what callers write stays short, and is never taken for another kind of key', () => {
    expect(limitKey({ metadata: 'x-tenant' })(stranger)).toBe(`metadata:${'a'.repeat(256)}`);
    expect(limitKey({ metadata: 'x-id-bin' })(stranger)).toBe('metadata:AQ==');
    expect(limitKey(() => 'peer:192.0.2.7')(stranger)).toBe('key:peer:192.0.2.7');
    expect(limitKey('all')(stranger)).toBe('all');
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:DB8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3::', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unix:/run/a.sock', 'unix:/run/a.sock'],
  ['in-process', 'in-process'],
])('addresses: %s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('addresses of one /64 count as one however they are written, those of two never', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const groups = fc.array(group, { minLength: 8, maxLength: 8 });
  const property = fc.property(groups, groups, (one, two) => {
    const network = networkOf(written(one));

    expect(network).toBe(networkOf(one.map((each) => each.toString(16).padStart(4, '0')).join(':')));
    expect(networkOf(written([...one.slice(0, 4), ...two.slice(4)]))).toBe(network);
    expect(networkOf(written(two)) === network).toBe(one.slice(0, 4).join() === two.slice(0, 4).join());
  });

  fc.assert(property);
});

/** As systems write it: the first run of zeros left out. */
function written(groups: readonly number[]): string {
  return groups
    .map((group) => group.toString(16))
    .join(':')
    .replace(/(^|:)0(:0)+(:|$)/, '::');
}
