import type { IncomingMessage } from 'node:http';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { expect } from 'vitest';
import { alike, jsonOf } from './alike.ts';
import { optionsOf } from './shell-words.ts';

/**
 * Runs `curl [-s] [-i] [-k] [-X METHOD] [-H header] [-d body] [-F field] URL` and compares what it would print: a body as JSON
 * when it is JSON, and not at all where a page shows the head alone.
 */
export async function expectCurl(words: readonly string[], output: string): Promise<void> {
  const { given, values, rest } = optionsOf(
    words,
    ['-s', '-i', '-si', '-k', '-sk', '-N', '-sN'],
    ['-X', '-H', '-d', '--data-binary', '-F'],
  );
  const [url] = rest;
  if (url === undefined) throw new Error('Cannot run curl: wanted a URL');
  const form = values.get('-F');
  const data = [...(values.get('-d') ?? []), ...(values.get('--data-binary') ?? [])];
  const { headers, body } = form === undefined ? encoded(data) : multipart(form);
  for (const header of values.get('-H') ?? []) {
    const [name = '', value = ''] = header.split(/: ?(.*)/s);
    headers.set(name.toLowerCase(), value);
  }
  const method = values.get('-X')?.[0] ?? (body === undefined ? 'GET' : 'POST');
  const response = await requested(url, method, headers, body);
  const text = await textOf(response);
  const showsHead = given.has('-i') || given.has('-si');
  const [, head = '', shown = ''] = showsHead
    ? (/^([\s\S]*?)(?:\n\n|\s*$)([\s\S]*)$/.exec(output) ?? [])
    : ['', '', output];
  if (showsHead) expectHead(response, head);
  if (showsHead && shown.trim() === '') return;
  const [wanted, actual] = [jsonOf(shown), jsonOf(text)];
  if (wanted !== undefined && wanted.length > 0) expect(actual ?? text).toEqual(alike(wanted));
  else expect(text.trim()).toEqual(alike(shown.trim()));
}

interface Sent {
  readonly headers: Map<string, string>;
  readonly body: string | undefined;
}

function encoded(data: readonly string[]): Sent {
  const headers = new Map([['accept', '*/*']]);
  if (data.length === 0) return { headers, body: undefined };
  headers.set('content-type', 'application/x-www-form-urlencoded');
  return { headers, body: data.join('&') };
}

function multipart(fields: readonly string[]): Sent {
  const boundary = 'a-boundary-of-the-docs';
  const parts = fields.map((field) => {
    const [name, value = ''] = field.split(/=(.*)/s);
    const [text, file] = value.split(';filename=');
    const disposition = `form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}`;
    return `--${boundary}\r\nContent-Disposition: ${disposition}\r\n\r\n${text}\r\n`;
  });
  const headers = new Map([
    ['accept', '*/*'],
    ['content-type', `multipart/form-data; boundary=${boundary}`],
  ]);
  return { headers, body: `${parts.join('')}--${boundary}--\r\n` };
}

function requested(
  url: string,
  method: string,
  headers: ReadonlyMap<string, string>,
  body: string | undefined,
): Promise<IncomingMessage> {
  const send = url.startsWith('https:') ? secure : plain;
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method,
      agent: false,
      rejectUnauthorized: false,
      headers: {
        ...Object.fromEntries(headers),
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      signal: AbortSignal.timeout(10_000),
    });
    request.on('response', resolve).on('error', reject).end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The status line must be the one that is shown, and each header that is shown must have come; others may have, too. */
function expectHead(response: IncomingMessage, head: string): void {
  const [status = '', ...shown] = head.trim().split('\n');
  expect(`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage}`.trim()).toBe(status.trim());
  for (const line of shown) {
    const [name = '', value = ''] = line.split(/: ?(.*)/s);
    expect({ [name]: response.headers[name.toLowerCase()] }).toEqual({ [name]: alike(value.trim()) });
  }
}
