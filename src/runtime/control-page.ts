import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import { badRequest } from '../wire/error-details.ts';

const defaultSize = 100;
const maxSize = 1_000;
/** Well below what a client receives by default. */
const maxBytes = 1_048_576;

/** Which page of a list is wanted. */
export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

export interface PageOptions<T> {
  /** What items are ordered by; distinct. A page begins behind the last key of the one before, whatever has changed in between. */
  key(item: T): string;
  /** About how much room an item takes in the answer. */
  bytes?(item: T): number;
}

/** One page of a list, ordered by key. INVALID_ARGUMENT for a negative size and for a token that no page gave. */
export function pageOf<T>(items: Iterable<T>, request: PageRequest, { key, bytes = () => 0 }: PageOptions<T>): Page<T> {
  const { pageSize, pageToken } = request;
  if (pageSize < 0) throw invalid('page_size', `is ${pageSize}, wanted 0 to ${maxSize}`);
  const size = Math.min(pageSize === 0 ? defaultSize : pageSize, maxSize);
  const after = pageToken === '' ? undefined : keyOf(pageToken);
  const rest = [...items]
    .map((item) => ({ item, at: key(item) }))
    .filter(({ at }) => after === undefined || at > after);
  rest.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const page: T[] = [];
  let room = maxBytes;
  for (const { item } of rest.slice(0, size)) {
    room -= bytes(item);
    // The first one goes alone, however large it is.
    if (room < 0 && page.length > 0) break;
    page.push(item);
  }
  const last = page.length < rest.length ? rest[page.length - 1] : undefined;
  return { items: page, nextPageToken: last === undefined ? '' : tokenOf(last.at) };
}

/** INVALID_ARGUMENT that names the field, as `google.rpc.BadRequest` has it. */
export function invalid(field: string, reason: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Field "${field}" ${reason}`, {
    details: [badRequest({ fieldViolations: [{ field, description: reason }] })],
  });
}

const mark = 'p1:';

function tokenOf(key: string): string {
  return Buffer.from(mark + key).toString('base64url');
}

function keyOf(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith(mark)) throw invalid('page_token', 'was given by no page of this list');
  return text.slice(mark.length);
}
