import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ProcessProofs } from '../../src/nodes/process-proof.ts';

const identity = { id: '01a1fed8-b031-7000-8155-8384bc32d381', parent: undefined };
const key = 'k'.repeat(32);

afterEach(() => void vi.useRealTimers());

describe('ProcessProofs', () => {
  test('verifies what holders of the key signed, for that service and those ids alone (M-10)', () => {
    const proofs = new ProcessProofs(key);
    const proof = proofs.sign(identity, 'default.a');
    const other = '01a1fed8-b031-7000-8155-8384bc32d382';

    expect(new ProcessProofs(key).verify(identity, 'default.a', proof)).toBe(true);
    expect(proofs.verify(identity, 'default.b', proof)).toBe(false);
    expect(proofs.verify({ ...identity, id: other }, 'default.a', proof)).toBe(false);
    expect(proofs.verify({ ...identity, parent: other }, 'default.a', proof)).toBe(false);
    expect(new ProcessProofs('x'.repeat(32)).verify(identity, 'default.a', proof)).toBe(false);
  });

  test('takes a proof for a minute, and none that says it holds much longer', () => {
    vi.useFakeTimers();
    const proofs = new ProcessProofs(key);
    const proof = proofs.sign(identity, 'default.a');

    vi.advanceTimersByTime(59_000);
    expect(proofs.verify(identity, 'default.a', proof)).toBe(true);
    vi.advanceTimersByTime(2_000);
    expect(proofs.verify(identity, 'default.a', proof)).toBe(false);

    const ahead = proofs.sign(identity, 'default.a');
    vi.setSystemTime(Date.now() - 100_000);
    expect(proofs.verify(identity, 'default.a', ahead)).toBe(false);
  });

  test('verifies with every key, so that they can be exchanged', () => {
    const old = new ProcessProofs(key);
    const both = new ProcessProofs(['new'.repeat(10), key]);

    expect(both.verify(identity, 'default.a', old.sign(identity, 'default.a'))).toBe(true);
    expect(old.verify(identity, 'default.a', both.sign(identity, 'default.a'))).toBe(false);
  });

  test('refuses any text that it did not sign', () => {
    const proofs = new ProcessProofs(key);
    const proof = proofs.sign(identity, 'default.a');
    const changed = fc
      .tuple(fc.nat(proof.length - 1), fc.string({ minLength: 1, maxLength: 1, unit: 'binary-ascii' }))
      .map(([at, letter]) => `${proof.slice(0, at)}${letter}${proof.slice(at + 1)}`)
      // The last digit of base64 has bits that say nothing.
      .filter((text) => text !== proof && text.slice(0, -1) !== proof.slice(0, -1));

    fc.assert(
      fc.property(fc.oneof(fc.string(), changed), (text) => {
        expect(proofs.verify(identity, 'default.a', text)).toBe(false);
      }),
    );
  });

  test.each(['short', new Uint8Array(15), []])('refuses the key %j', (weak) => {
    expect(() => new ProcessProofs(weak)).toThrow(RangeError);
  });
});
