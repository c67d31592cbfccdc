import { Code } from '../../core/code.ts';
import type { Detail, Status } from '../../core/status.ts';
import { codecStyle } from '../../wire/codec-options.ts';
import { type DescriptorIndex, descriptorIndex } from '../../wire/descriptor-index.ts';
import { findDetail, RetryInfo } from '../../wire/error-details.ts';
import { isObject, type Json } from '../../wire/json/json.ts';
import { messageToJson } from '../../wire/json/message-to-json.ts';
import { typeOf } from '../../wire/message-type.ts';
import { standardFiles } from '../standard-files.ts';

/** A status as the JSON of `google.rpc.Status`. Details of unknown types are `{ "@type", "value": base64 }`. */
export function statusJson(
  { code, message, details }: Pick<Status, 'code' | 'message' | 'details'>,
  index?: DescriptorIndex,
): Json {
  const shown = details.map((detail) => detailJson(detail, index));
  return { code, message, ...(shown.length > 0 && { details: shown }) };
}

/** Headers that HTTP wants beside some statuses. */
export function statusHeaders({ code, details }: Pick<Status, 'code' | 'details'>): Record<string, string> {
  if (code === Code.UNAUTHENTICATED) return { 'www-authenticate': 'Bearer' };
  const delay = findDetail(details, RetryInfo)?.retryDelay;
  if (delay === undefined) return {};
  return { 'retry-after': String(Math.max(0, Number(delay.seconds) + (delay.nanos > 0 ? 1 : 0))) };
}

const standard = descriptorIndex(standardFiles);

function detailJson({ typeUrl, value }: Detail, index: DescriptorIndex | undefined): Json {
  const name = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const schema = standard.messages.get(name) ?? index?.messages.get(name);
  const bytes = { '@type': typeUrl, value: Buffer.from(value).toString('base64') };
  if (schema === undefined) return bytes;
  try {
    const type = typeOf(schema, codecStyle());
    const json = messageToJson(type, type.decode(value), { index });
    return isObject(json) ? { '@type': typeUrl, ...json } : { '@type': typeUrl, value: json };
  } catch {
    return bytes;
  }
}
