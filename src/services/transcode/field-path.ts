import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { didYouMean } from '../../core/suggest.ts';
import { isObject, type Json } from '../../wire/json/json.ts';
import type { FieldSchema, MessageSchema } from '../../wire/schema.ts';

type Members = { [key: string]: Json };

/** Types that are one value in JSON, not fields. */
const single =
  /^google\.protobuf\.(?:Timestamp|Duration|FieldMask|Value|(?:Double|Float|U?Int(?:32|64)|Bool|String|Bytes)Value)$/;

/** The fields from a message to the one that `book.name` stands for, which has a value that a text can say. An Error that names what is not so. */
export function fieldPath(message: MessageSchema, path: string): readonly FieldSchema[] {
  const found: FieldSchema[] = [];
  let at: MessageSchema | undefined = message;
  for (const part of path.split('.')) {
    const field: FieldSchema | undefined = at?.fields.find(({ name, jsonName }) => name === part || jsonName === part);
    if (field === undefined) throw new Error(`"${path}" is no field of ${message.name}${near(at, part)}`);
    found.push(field);
    at = field.list || field.map !== undefined || isSingle(field) ? undefined : field.message;
  }
  return found;
}

/** Puts what a text, or several for a list, says into the JSON of a message. */
export function putText(json: Json, fields: readonly FieldSchema[], texts: readonly string[], path: string): void {
  const field = fields.at(-1)!;
  if (field.map !== undefined || (field.type === 'message' && !isSingle(field)))
    throw refused(`"${path}" is a message: wanted its fields, such as "${path}.field"`);
  if (!field.list && texts.length > 1) throw refused(`"${path}" is given ${texts.length} times`);
  let at = membersOf(json, path);
  for (const outer of fields.slice(0, -1)) at = membersOf(memberOf(at, outer), path);
  // What came in the body under either of its names gives way.
  delete at[field.name];
  const values = texts.map((text) => jsonOfText(field, text));
  at[field.jsonName] = field.list ? values : values[0]!;
}

/** Puts a whole value at a field of the message itself. */
export function putField(json: Json, { jsonName }: FieldSchema, value: Json): void {
  membersOf(json, jsonName)[jsonName] = value;
}

/** A wrong request, in the words of its caller. */
export function refused(why: string): StatusError {
  return new StatusError(Code.INVALID_ARGUMENT, `Cannot read the request: ${why}`);
}

function isSingle({ message }: FieldSchema): boolean {
  return message !== undefined && single.test(message.name);
}

function membersOf(json: Json, path: string): Members {
  if (isObject(json)) return json;
  throw refused(`wanted an object for "${path}" to be put in`);
}

function memberOf(members: Members, { name, jsonName }: FieldSchema): Json {
  const found = members[jsonName] ?? members[name];
  if (found !== undefined) return found;
  return (members[jsonName] = {});
}

/** JSON has truth values and numbers of enums bare; all else may be text. */
function jsonOfText({ type, message }: FieldSchema, text: string): Json {
  if (type === 'bool' || message?.name === 'google.protobuf.BoolValue')
    return text === 'true' ? true : text === 'false' ? false : text;
  return type === 'enum' && /^-?\d{1,10}$/.test(text) ? Number(text) : text;
}

function near(message: MessageSchema | undefined, part: string): string {
  return message === undefined
    ? ''
    : didYouMean(
        part,
        message.fields.map(({ name }) => name),
      );
}
