export interface FetchJsonOptions {
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** For the whole answer, its body included. */
  timeoutMs: number;
  /** Of the body; what is longer is refused. */
  maxBytes?: number;
}

export interface JsonAnswer {
  readonly status: number;
  /** Undefined when the body is no JSON. */
  readonly body: unknown;
}

/** Asks a server over HTTP. Follows no redirect: who answers is whom the address names. Rejects when there is no whole answer. */
export async function fetchJson(
  url: URL,
  { method = 'GET', headers = {}, body, timeoutMs, maxBytes = 256 * 1024 }: FetchJsonOptions,
): Promise<JsonAnswer> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  timer.unref();
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...headers },
      body,
      redirect: 'manual',
      signal: giveUp.signal,
    });
    const text = await textOf(response, maxBytes);
    return { status: response.status, body: parsed(text) };
  } catch (cause) {
    giveUp.abort();
    throw new Error(`Cannot fetch ${nameOf(url)}: ${reasonOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** A place whose answers decide about credentials: https, or this machine. `what` completes "Cannot use …". */
export function trustedUrl(what: string, value: string | URL): URL {
  const url = value instanceof URL || URL.canParse(value) ? new URL(value) : undefined;
  // Of what is no URL nobody can say where in it a password stands.
  if (url === undefined) throw new TypeError(`Cannot use ${what}${wordOf(String(value))}: wanted a URL`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError(`Cannot use ${what}: wanted a URL that begins with https`);
  if (url.username !== '' || url.password !== '')
    throw new TypeError(`Cannot use ${what} ${nameOf(url)}: wanted a URL without user and password`);
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || local) return url;
  throw new TypeError(`Cannot use ${what} ${nameOf(url)}: wanted https, or http on this machine`);
}

function wordOf(text: string): string {
  return /^[a-z]{1,30}$/i.test(text) ? ` "${text}"` : '';
}

/** Without its query, where some put secrets. */
export function nameOf({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

async function textOf(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What went wrong with a connection hides in the cause. */
function reasonOf(thrown: unknown): string {
  const { message, cause } = thrown as { message?: unknown; cause?: { code?: unknown; message?: unknown } };
  return String(cause?.code ?? cause?.message ?? message);
}
