const shortestLine = 8;
const shortestCode = 8;
const shortestText = 6;
const base64Grammar = /^(?:[\w+/-]{4})*(?:[\w+/-]{2}(?:==)?|[\w+/-]{3}=?)?$/;

/**
 * The ways in which a secret may be written down: as it is, without the white space around it, line by line, as JSON, URLs, base64 and hex
 * write it, and what it says when it is base64 itself.
 */
export function formsOf(secret: string): Set<string> {
  const text = secret.toWellFormed();
  const trimmed = text.trim();
  const forms = new Set([secret, ...formsOfText(text), ...linesOf(text), ...decoded(trimmed)]);
  if (trimmed !== text && trimmed.length >= shortestText) for (const form of formsOfText(trimmed)) forms.add(form);
  forms.delete('');
  return forms;
}

function formsOfText(text: string): string[] {
  const json = inJson(text);
  return [text, json, inJson(json), ...inUrls(text), ...coded(Buffer.from(text))];
}

/** What comes out of base64: bytes for whom a schema wants them. */
function decoded(text: string): string[] {
  if (text.length < shortestCode || !base64Grammar.test(text)) return [];
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length < shortestText) return [];
  const said = bytes.toString('utf8');
  const binary = said.includes('\uFFFD') || /\p{Cc}/u.test(said.trim());
  const forms = binary ? coded(bytes) : [...formsOfText(said), said.trim()];
  // Less of the secret itself than there is to find.
  return forms.filter((form) => !text.includes(form));
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function inUrls(text: string): string[] {
  const component = encodeURIComponent(text);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const url = new URL('http://localhost');
  url.password = text;
  const written = [component, encodeURI(text), form, url.password];
  return [...written, ...written.map((one) => one.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()))];
}

/** What is printed of a text over several lines is often one of them. */
function linesOf(text: string): string[] {
  if (!text.includes('\n')) return [];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line.length >= shortestLine).flatMap((line) => [line, inJson(line)]);
}

function coded(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => base64Within(bytes, before));
  const written = [bytes.toString('latin1'), hex, hex.toUpperCase(), bytes.toString('base64'), ...base64];
  return [...written, ...base64.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'))].filter(
    (one) => one.length >= shortestCode,
  );
}

/** What base64 surely shows of bytes when others stand around them, as in `user:password`. */
function base64Within(bytes: Buffer, before: number): string {
  const code = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
  return code.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
