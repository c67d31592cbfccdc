import { defineKind } from '../kind.ts';
import { compileProgram, programField } from '../languages/program-field.ts';
import { oneToOne } from '../one-to-one.ts';
import { programBeside } from '../program-beside.ts';
import { fieldsOf } from '../schema.ts';

/** Sends what an expression makes of the payload: `{ name: self.user.name, adult: self.age >= 18 }`. */
export const mapKind = defineKind({
  kind: 'map',
  spec: programBeside('code', fieldsOf({ code: programField })),
  fields: ['code', 'language', 'timeout'],
  async setup({ code }, context) {
    const run = await compileProgram(code, context);
    return oneToOne((payload, context) => run([payload], context));
  },
});
