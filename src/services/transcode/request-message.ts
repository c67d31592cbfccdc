import { isObject, type Json } from '../../wire/json/json.ts';
import { jsonToMessage } from '../../wire/json/json-to-message.ts';
import type { Binding } from './binding.ts';
import { fieldPath, putField, putText, refused } from './field-path.ts';

/** What a request says beside its body. */
export interface RequestLine {
  /** Fields that the path holds. */
  readonly captured: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
}

/** The message that path, query and body say; `body` is undefined when none came. INVALID_ARGUMENT for what does not fit. */
export function requestMessage(binding: Binding, { captured, query }: RequestLine, body: Json | undefined): unknown {
  const { method, index, variables } = binding;
  const json = whole(binding, body);
  for (const [path, text] of captured) putText(json, variables.get(path)!, [text], path);
  for (const key of new Set(query.keys())) {
    if (binding.body === 'message') throw refused(`"?${key}" is not looked at: all fields stand in the body`);
    if (captured.has(key)) throw refused(`"${key}" stands in the path already`);
    putText(json, fieldOf(binding, key), query.getAll(key), key);
  }
  return jsonToMessage(method.request, json, { index });
}

function whole({ method, body: place }: Binding, body: Json | undefined): Json {
  const { schema } = method.request;
  if (place === 'message') return body ?? (schema.name === 'google.protobuf.Value' ? null : {});
  const json: Json = {};
  if (place === undefined) {
    if (body !== undefined && !(isObject(body) && Object.keys(body).length === 0))
      throw refused('it has a body, and all of it is in path and query');
  } else if (body !== undefined) putField(json, place, body);
  return json;
}

function fieldOf({ method, body }: Binding, key: string): ReturnType<typeof fieldPath> {
  let fields: ReturnType<typeof fieldPath>;
  try {
    fields = fieldPath(method.request.schema, key);
  } catch (error) {
    throw refused((error as Error).message);
  }
  if (typeof body === 'object' && fields[0] === body) throw refused(`"${key}" stands in the body`);
  return fields;
}
