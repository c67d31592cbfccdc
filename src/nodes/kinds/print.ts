import { basename } from 'node:path';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { anyByteStream } from '../byte-stream.ts';
import { FileNames } from '../files/named-file.ts';
import { printTo } from '../files/print-to.ts';
import { printText } from '../format/print-text.ts';
import { asText } from '../format/written.ts';
import { holdStreams } from '../held-streams.ts';
import { defineKind } from '../kind.ts';
import { oneToOne } from '../one-to-one.ts';
import { fieldsOf, optional, text } from '../schema.ts';
import { shownKind } from '../shown-kind.ts';

/**
 * Adds text to a file, or writes it to `stdout` or `stderr`: the payload, or what a format makes of values, `[format, ...values]`. Without a filename in the spec
 * the payload begins with one: `[filename, format, ...values]`. Gives how many bytes were written.
 */
export const printKind = defineKind({
  kind: 'print',
  spec: fieldsOf({
    filename: optional(text('the path of a file, stdout or stderr')),
    root: optional(text('the path of a folder')),
  }),
  fields: ['filename', 'root'],
  setup({ filename, root }, { baseDir }) {
    const names = new FileNames(baseDir, root);
    const fixed = filename === undefined ? undefined : names.fixed(filename);
    return oneToOne(async (given) => {
      const payload = anyByteStream() ? await holdStreams(given) : given;
      if (fixed !== undefined) return await printTo(fixed, textOf(payload), basename(filename!));
      if (!Array.isArray(payload) || payload.length < 2)
        throw new StatusError(
          Code.INVALID_ARGUMENT,
          `Cannot print ${shownKind(payload)}: wanted [filename, format, ...values]`,
        );
      const [name, ...rest] = payload as [unknown, ...unknown[]];
      const printed = textOf(rest);
      return await printTo(await names.given(name, false), printed, String(name));
    });
  },
});

function textOf(payload: unknown): string {
  if (!Array.isArray(payload)) return asText(payload);
  const [format, ...values] = payload as unknown[];
  if (typeof format === 'string') return printText(format, values);
  throw new StatusError(Code.INVALID_ARGUMENT, `Cannot print with ${shownKind(format)} as format: wanted text`);
}
