import { basename } from 'node:path';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { FileNames, notFor, type StandardStream } from '../files/named-file.ts';
import { ScannedFile } from '../files/scanned-file.ts';
import { readScanFormat } from '../format/scan-text.ts';
import { standardInput } from '../format/standard-input.ts';
import type { TextInput } from '../format/text-input.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext } from '../node-context.ts';
import { oneToOne } from '../one-to-one.ts';
import { fieldsOf, optional, text } from '../schema.ts';
import { shownKind } from '../shown-kind.ts';

/**
 * Reads values from a file or from `stdin`, as a format says, and gives the list of them. The payload is the format. Without a filename in the spec it is
 * `[filename, format]`, and the file is read from its beginning each time.
 */
export const scanKind = defineKind({
  kind: 'scan',
  spec: fieldsOf({
    filename: optional(text('the path of a file, or stdin')),
    root: optional(text('the path of a folder')),
  }),
  fields: ['filename', 'root'],
  setup({ filename, root }, { baseDir }) {
    const names = new FileNames(baseDir, root);
    const fixed = filename === undefined ? undefined : names.fixed(filename);
    let standard: ReturnType<typeof standardInput> | undefined;
    const file = fixed !== undefined && 'path' in fixed ? new ScannedFile(fixed.path, basename(filename!)) : undefined;
    const stream = (name: StandardStream): TextInput => {
      if (name !== 'stdin') throw notFor(name, 'scan');
      standard ??= standardInput();
      return standard.input;
    };
    const scanFixed = (format: unknown, context: NodeContext): Promise<readonly unknown[] | Error> => {
      const input = file?.input ?? stream(fixed !== undefined && 'stream' in fixed ? fixed.stream : 'stdin');
      return scan(input, format, context);
    };
    const scanGiven = async (payload: unknown, context: NodeContext): Promise<readonly unknown[] | Error> => {
      if (!Array.isArray(payload) || payload.length !== 2)
        throw new StatusError(
          Code.INVALID_ARGUMENT,
          `Cannot scan with ${shownKind(payload)}: wanted [filename, format]`,
        );
      const [name, format] = payload as [unknown, unknown];
      const named = await names.given(name, true);
      if ('stream' in named) return await scan(stream(named.stream), format, context);
      const opened = new ScannedFile(named.path, String(name));
      try {
        return await scan(opened.input, format, context);
      } finally {
        await opened.close();
      }
    };
    return {
      ...oneToOne((payload, context) =>
        fixed === undefined ? scanGiven(payload, context) : scanFixed(payload, context),
      ),
      async close() {
        standard?.release();
        await file?.close();
      },
    };
  },
});

async function scan(input: TextInput, format: unknown, context: NodeContext): Promise<readonly unknown[] | Error> {
  const wanted = Array.isArray(format) && format.length === 1 ? (format[0] as unknown) : format;
  if (typeof wanted !== 'string')
    throw new StatusError(Code.INVALID_ARGUMENT, `Cannot scan with ${shownKind(wanted)} as format: wanted text`);
  return await input.scan(readScanFormat(wanted), context);
}
