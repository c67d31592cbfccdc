import { describe, expect, test } from 'vitest';
import { plants } from './plants/plants.ts';
import { runPlant } from './plants/run-plant.ts';

/** Those that few inputs find, a minute more with LONG_TESTS. `npm run fuzz -- --plants` looks for all. */
const soon = [
  'four bytes at the start of a split message',
  'a split prefix loses the upper bits of its flag',
  'a long timeout is written with nine digits',
  'a text of four characters in a message',
  ...(process.env.LONG_TESTS === undefined ? [] : ['the name of a variable', 'a name in a form']),
];

describe('a fault that is put into our code is found by fuzzing (RELIABILITY 5.4)', () => {
  const chosen = plants.filter(({ fault }) => soon.includes(fault));

  test.each(chosen)('$target: $fault', { timeout: 300_000 }, async (plant) => {
    const { found, said } = await runPlant(plant, { seconds: 240, executions: 60_000, seed: 1 });

    expect(chosen).toHaveLength(soon.length);
    expect({ found, said }).toMatchObject({ found: true });
  });

  test('and what is not there is not found', { timeout: 300_000 }, async () => {
    const [{ target, file, from } = plants[0]!] = plants;

    const { found, said } = await runPlant(
      { target, fault: 'none', file, from, to: from },
      { seconds: 240, executions: 2_000, seed: 1 },
    );

    expect({ found, said }).toEqual({ found: false, said: 'nothing broke' });
  });
});
