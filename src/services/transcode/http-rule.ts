import { ByteReader } from '../../wire/byte-reader.ts';

/** One `google.api.http` rule of a method: how HTTP reaches it. */
export interface HttpRule {
  /** `GET`, `POST`, …, or a custom one; `*` for any. */
  readonly verb: string;
  /** `/v1/{name=shelves/*}:archive` */
  readonly path: string;
  /** `*`: the whole message; a field's name; empty: there is no body. */
  readonly body: string;
  /** The field of the response that is the body; empty: all of it. */
  readonly responseBody: string;
}

/** `google.api.http` in `MethodOptions`, a message. */
const httpTag = ((72_295_728 << 3) | 2) >>> 0;
const verbs: Readonly<Record<number, string>> = { 2: 'GET', 3: 'PUT', 4: 'POST', 5: 'DELETE', 6: 'PATCH' };

/** The rules in a method's options, its additional bindings included. Bytes that are no options are a `Malformed` error. */
export function httpRules(options: Uint8Array | undefined): HttpRule[] {
  if (options === undefined) return [];
  let rules: HttpRule[] = [];
  const from = new ByteReader(options);
  while (!from.done) {
    const tag = from.tag();
    // The last one counts, as of any field that is there twice.
    if (tag === httpTag) rules = readRule(from.bytes(), true);
    else from.skip(tag, 0);
  }
  return rules;
}

function readRule(bytes: Uint8Array, outer: boolean): HttpRule[] {
  const from = new ByteReader(bytes);
  const more: HttpRule[] = [];
  let verb = '';
  let path = '';
  let body = '';
  let responseBody = '';
  while (!from.done) {
    const tag = from.tag();
    const known = (tag & 7) === 2 ? tag >>> 3 : 0;
    const named = verbs[known];
    if (named !== undefined) {
      verb = named;
      path = from.string();
    } else if (known === 7) body = from.string();
    else if (known === 8) [verb, path] = readCustom(from.bytes());
    else if (known === 11) {
      const nested = readRule(from.bytes(), false);
      if (outer) more.push(...nested);
    } else if (known === 12) responseBody = from.string();
    else from.skip(tag, 0);
  }
  return path === '' ? more : [{ verb, path, body, responseBody }, ...more];
}

function readCustom(bytes: Uint8Array): [verb: string, path: string] {
  const from = new ByteReader(bytes);
  let verb = '';
  let path = '';
  while (!from.done) {
    const tag = from.tag();
    if (tag === 0x0a) verb = from.string();
    else if (tag === 0x12) path = from.string();
    else from.skip(tag, 0);
  }
  return [verb, path];
}
