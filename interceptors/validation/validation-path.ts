import type { Codec, MessageType } from 'flowrpc';
import type { SchemaIssue } from './standard-schema.ts';

type MessageSchema = MessageType['schema'];
type FieldSchema = MessageSchema['fields'][number];

/**
 * Where in a message an issue is, as `google.rpc.BadRequest` writes it: names of the proto file, `items[3].unit_price`,
 * `labels["a"]`. A member of a oneof goes by its own name. Names that no descriptor tells stay as they are in code.
 */
export function fieldPath(path: SchemaIssue['path'] = [], codec: Codec<unknown>, message: unknown): string {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  let text = '';
  let type: MessageSchema | undefined = 'schema' in codec ? (codec as MessageType).schema : undefined;
  let within: FieldSchema | undefined;
  let value = message;
  const descend = (key: PropertyKey): void => {
    value = (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key];
  };
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    descend(key);
    if (within?.list || within?.map !== undefined) {
      text += element(key, within);
      type = (within.map?.value ?? within).message;
      within = undefined;
      continue;
    }
    const member = memberOf(type, key, value);
    if (member !== undefined && keys[i + 1] === 'value') {
      i += 1;
      descend('value');
    }
    const field = member ?? type?.fields.find(({ localName }) => localName === key);
    const name = field?.name ?? oneofName(type, key);
    text += name === undefined ? unnamed(key, text) : `${text === '' ? '' : '.'}${name}`;
    type = field?.message;
    within = field;
  }
  return text;
}

/** The field that a oneof holds, when the key is one: in code it stands under the oneof's name, in proto paths it does not. */
function memberOf(type: MessageSchema | undefined, key: PropertyKey, value: unknown): FieldSchema | undefined {
  const members = type?.fields.filter(({ oneof }) => oneof?.localName === key);
  const { case: chosen } = (value ?? {}) as { readonly case?: unknown };
  return members?.find(({ localName }) => localName === chosen);
}

function oneofName(type: MessageSchema | undefined, key: PropertyKey): string | undefined {
  return type?.fields.find(({ oneof }) => oneof?.localName === key)?.oneof?.name;
}

function element(key: PropertyKey, { map }: FieldSchema): string {
  return map?.key.type === 'string' ? `[${JSON.stringify(String(key))}]` : `[${String(key)}]`;
}

function unnamed(key: PropertyKey, before: string): string {
  if (typeof key === 'number') return `[${key}]`;
  return `${before === '' ? '' : '.'}${String(key)}`;
}
