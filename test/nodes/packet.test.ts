import { Packet } from 'flowrpc/nodes';
import { expect, test } from 'vitest';

test('Packet ids sort by the time they were made, within a millisecond too', () => {
  const ids = Array.from({ length: 10_000 }, () => new Packet(null).id);

  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('Packet links copies to their origin #33', () => {
  const origin = new Packet('x');
  const child = new Packet('x', origin);
  const grandchild = new Packet('y', child);

  expect([...grandchild.ancestors()]).toEqual([child, origin]);
  expect(grandchild.origin).toBe(origin);
  expect(grandchild.descendsFrom(origin)).toBe(true);
  expect(origin.descendsFrom(grandchild)).toBe(false);
  expect(child.id).not.toBe(origin.id);
});
