import { MIMEType } from 'node:util';

/** How the bytes of a body are read and written. */
export type BodyForm = 'json' | 'form' | 'multipart' | 'text' | 'bytes';

/** What a Content-Type says. */
export interface ContentType {
  /** `text/html`, lower case. */
  readonly essence: string;
  readonly form: BodyForm;
  /** Lower case; undefined when it is not said. */
  readonly charset: string | undefined;
  /** Of multipart types. */
  readonly boundary: string | undefined;
}

const bytes: ContentType = {
  essence: 'application/octet-stream',
  form: 'bytes',
  charset: undefined,
  boundary: undefined,
};
const known = new Map<string, ContentType>();

/** Reads a Content-Type. None, and one that is malformed, stand for bytes. */
export function parseContentType(value: string | undefined): ContentType {
  if (value === undefined) return bytes;
  let type = known.get(value);
  if (type === undefined) {
    type = read(value);
    // Those of multipart bodies differ each time.
    if (type.boundary === undefined && value.length < 200 && known.size < 500) known.set(value, type);
  }
  return type;
}

function read(value: string): ContentType {
  try {
    const { essence, params } = new MIMEType(value);
    return {
      essence,
      form: formOf(essence),
      charset: params.get('charset')?.toLowerCase(),
      boundary: params.get('boundary') ?? undefined,
    };
  } catch {
    return bytes;
  }
}

const json = /^application\/json$|\+json$/;
const text =
  /^text\/|[/+]xml$|\+yaml$|^application\/(?:javascript|ecmascript|x-javascript|yaml|x-yaml|toml|graphql|sql|x-ndjson|ndjson|jsonl|json-seq)$/;

function formOf(essence: string): BodyForm {
  if (json.test(essence)) return 'json';
  if (essence === 'application/x-www-form-urlencoded') return 'form';
  if (essence === 'multipart/form-data') return 'multipart';
  return text.test(essence) ? 'text' : 'bytes';
}
