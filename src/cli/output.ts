import { once } from 'node:events';

/** Writes a line to stdout, no faster than its reader takes them. */
export async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

/** Writes a line to stderr. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** JSON in one line, safe to show in a terminal. Integers beyond 53 bits keep all their digits. */
export function jsonLine(value: unknown): string {
  let large = false;
  const json = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'bigint') return item;
    large = true;
    return `${digitsMark}${item}`;
  });
  return safeJson(large ? json.replace(markedDigits, '$1') : json);
}

// A character of no script, so that no text begins so by chance.
const digitsMark = '\uFDD0';
const markedDigits = /"\uFDD0(-?\d+)"/g;

/** JSON for people to read, indented, safe to show in a terminal. */
export function prettyJson(value: unknown): string {
  return safeJson(JSON.stringify(value, null, 2));
}

/** A peer's text on one line: what could move the cursor or hide text is shown escaped. */
export function oneLine(text: string): string {
  return text.replace(unsafe, escapeCharacter);
}

/** A peer's text on several lines, each made safe as `oneLine` does. */
export function safeLines(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

/** Ends the process quietly when whoever reads stdout has gone (`| head -1`); when stdout fails otherwise, says so and fails. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    note(`error: Cannot write to stdout: ${error.message}`);
    process.exit(1);
  });
  // Nobody is left to tell.
  process.stderr.on('error', () => {});
}

/** Resolves when all that was written has left the process. */
export async function flushOutput(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
}

// Control characters of both ranges, line separators, and those that reorder text.
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
// JSON.stringify has escaped the lower range, and its indentation must stay.
const unsafeInJson = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function safeJson(json: string): string {
  return json.replace(unsafeInJson, escapeCharacter);
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeCharacter(character: string): string {
  return shortEscapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
