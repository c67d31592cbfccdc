import { duration } from '../duration-field.ts';
import { defineKind } from '../kind.ts';
import { sendOut } from '../outlet.ts';
import { pause } from '../pause.ts';
import { fieldsOf } from '../schema.ts';

/** Sends its payload on after `interval`. A run that is cancelled, or whose time is up, waits no longer. */
export const sleepKind = defineKind({
  kind: 'sleep',
  spec: fieldsOf({ interval: duration }),
  fields: ['interval'],
  setup: ({ interval }) => ({
    async process({ payload }, context) {
      const reason = await pause(interval, context);
      return reason ?? sendOut(context, payload);
    },
  }),
});
