import { afterAll, describe, expect, test } from 'vitest';
import { Gauntlet, type Input, type Table } from './every-row.ts';

/*
 * What docs/reliability.md compares with bare grpc-js, against us alone: one server, one client, and all of it one after another. How long others
 * wait is measured by `npm run hostile`; here fifty calls at once must come back, on a machine that may be busy with something else.
 */

const isLong = ({ row }: Input): boolean => 'long' in row && row.long === true && process.env.LONG_TESTS === undefined;

export function testTables(tables: readonly Table[]): void {
  const gauntlet = new Gauntlet('ours', { floorMs: 20_000, everyMs: 0, calls: 50 });
  afterAll(() => gauntlet[Symbol.asyncDispose]());

  for (const { title, inputs } of tables) {
    describe(title, () => {
      for (const input of inputs) {
        const { mark, input: name, wanted } = input.row;
        test.skipIf(isLong(input))(
          `${mark} ${name}: as wanted, the process stays up, calls of others end well, and nothing is left behind`,
          async () => {
            const { said, good } = await gauntlet.run(input);

            expect(good, `${said}; wanted: ${wanted}`).toBe(true);
          },
          120_000,
        );
      }
    });
  }
}
