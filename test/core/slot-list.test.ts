import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlotList, type Slotted } from '../../src/core/slot-list.ts';

interface Item extends Slotted {
  readonly id: number;
}

test('SlotList holds what a Set would, whatever is added and deleted', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(8)), { maxLength: 200 }), (steps) => {
      const items: Item[] = Array.from({ length: 9 }, (_, id) => ({ id, slot: -1 }));
      const list = new SlotList<Item>();
      const model = new Set<Item>();
      for (const [add, id] of steps) {
        const item = items[id]!;
        if (!add) expect(list.delete(item)).toBe(model.delete(item));
        else if (!model.has(item)) {
          list.add(item);
          model.add(item);
        }
      }

      expect(list.size).toBe(model.size);
      expect(new Set(list)).toEqual(model);
    }),
  );
});

test('SlotList can be changed while it is gone through', () => {
  const list = new SlotList<Item>();
  for (let id = 0; id < 5; id++) list.add({ id, slot: -1 });

  for (const item of list) list.delete(item);

  expect(list.size).toBe(0);
});
