import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

/** A verb of a format text with what stands between it and its `%`. */
export interface Verb {
  /** One letter. */
  readonly verb: string;
  readonly flags: string;
  /** `*` takes it from the arguments, or, when scanning, throws the value away. */
  readonly width: number | '*' | undefined;
  readonly precision: number | '*' | undefined;
  /** Where it stands in the format, from 1. */
  readonly at: number;
}

/** A format text, in parts: text as it is, and verbs. */
export type Directive = string | Verb;

const maxFormat = 64 * 1024;
const maxWidth = 10_000;
const grammar = /%([-+ #0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])?/g;

/** Reads a format. INVALID_ARGUMENT for a `%` without a verb that is known, and for widths that no line needs. */
export function readFormat(format: string, verbs: string): Directive[] {
  if (format.length > maxFormat) throw invalid(`Cannot use a format of more than ${maxFormat} characters`);
  const directives: Directive[] = [];
  let done = 0;
  for (const match of format.matchAll(grammar)) {
    const [text, flags = '', width, precision, verb] = match;
    if (match.index > done) directives.push(format.slice(done, match.index));
    done = match.index + text.length;
    const at = match.index + 1;
    if (text === '%%') directives.push('%');
    else if (verb === undefined || !verbs.includes(verb)) throw unknownVerb(text, at, verbs);
    else {
      const precise = text.includes('.') ? (size(precision, text) ?? 0) : undefined;
      directives.push({ verb, flags, width: size(width, text), precision: precise, at });
    }
  }
  if (done < format.length) directives.push(format.slice(done));
  return directives;
}

export function invalid(message: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, message);
}

function size(text: string | undefined, verb: string): number | '*' | undefined {
  if (text === undefined || text === '*') return text;
  if (Number(text) > maxWidth) throw invalid(`Cannot use "${verb}": wanted a width of at most ${maxWidth}`);
  return Number(text);
}

function unknownVerb(text: string, at: number, verbs: string): StatusError {
  const known = [...verbs, '%'].map((verb) => `%${verb}`).join(' ');
  return invalid(`Cannot use "${text}" at ${at} of the format: wanted one of ${known}`);
}
