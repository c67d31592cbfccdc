import { shownKind } from '../shown-kind.ts';
import { invalid, readFormat, type Verb } from './directives.ts';
import { type Written, written } from './written.ts';

const verbs = 'vdsqxXobcefgEGt';
const maxBytes = 16 * 1024 * 1024;

/**
 * The text that a format makes of values, as C and Go have it: `%v` anything, `%d` whole number, `%s` text, `%q` quoted, `%x` `%X` hexadecimal (numbers, text,
 * bytes), `%o` octal, `%b` binary, `%c` character, `%e` `%f` `%g` decimal, `%t` boolean; flags `-` `+` `0` `#` and space, width and precision, `*` for one from the
 * values. INVALID_ARGUMENT for a value that does not fit its verb, and when there are too few or too many.
 */
export function printText(format: string, values: readonly unknown[]): string {
  let next = 0;
  const take = (what: string): unknown => {
    if (next >= values.length)
      throw invalid(`Cannot print ${what}: the format wants more than ${values.length} values`);
    return values[next++];
  };
  let text = '';
  for (const directive of readFormat(format, verbs)) {
    if (typeof directive === 'string') {
      text += directive;
      continue;
    }
    const width = directive.width === '*' ? sizeFrom(take('a width')) : directive.width;
    const precision = directive.precision === '*' ? sizeFrom(take('a precision')) : directive.precision;
    const value = take(`"%${directive.verb}" at ${directive.at}`);
    text += padded(written(value, { ...directive, precision }, next), directive, width);
    if (text.length > maxBytes) throw invalid(`Cannot print a text of more than ${maxBytes} characters`);
  }
  if (next < values.length)
    throw invalid(
      `Cannot print ${values.length} values: the format wants ${next}, ${values.length - next} are left over`,
    );
  return text;
}

function padded({ text, numeric }: Written, { flags }: Verb, width = 0): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0') || !numeric) return ' '.repeat(missing) + text;
  const [, head = '', digits = ''] = /^([-+ ]?(?:0[xXob])?)(.*)$/s.exec(text) ?? [];
  return head + '0'.repeat(missing) + digits;
}

function sizeFrom(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 10_000) return value;
  throw invalid(`Cannot use ${shownKind(value)} as a width: wanted a whole number from 0 to 10000`);
}
