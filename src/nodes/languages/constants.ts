import { copyValue } from '../copy-value.ts';
import { CompileError, defineLanguage, type Language, type Program, placeOf } from './language.ts';

/** The code is the result. */
export const text: Language = defineLanguage({ name: 'text', compile: (code) => ({ run: () => code }) });

/** The result is what the code stands for in JSON. */
export const json: Language = defineLanguage({ name: 'json', compile: (code) => constant(parseJson(code)) });

/** The result is what the code stands for in YAML 1.2; one document. */
export const yaml: Language = defineLanguage({
  name: 'yaml',
  // The parser is loaded when the first code is.
  compile: async (code) => constant((await import('./yaml-constant.ts')).parseYaml(code)),
});

function constant(value: unknown): Program {
  // A copy each time: what one receiver changes, the next must not see.
  return typeof value === 'object' && value !== null ? { run: () => copyValue(value) } : { run: () => value };
}

function parseJson(code: string): unknown {
  try {
    return JSON.parse(code) as unknown;
  } catch (cause) {
    throw new CompileError(`it is not JSON: ${(cause as Error).message}`, { ...placeOf(code, faultOf(code)), cause });
  }
}

/** The offset of the first character that is wrong: engines tell it in some of their messages only. */
function faultOf(code: string): number {
  let right = 0;
  let wrong = code.length + 1;
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    if (isBeginning(code.slice(0, middle))) right = middle;
    else wrong = middle;
  }
  return right;
}

/** Whether a text could go on to be JSON. */
function isBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const { message } = error as Error;
    return /end of JSON|Unterminated string/.test(message) || message.includes(`at position ${text.length}`);
  }
}
