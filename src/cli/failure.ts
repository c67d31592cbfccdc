import { codeName } from '../core/code.ts';
import type { ProtoFile } from '../core/method.ts';
import type { Detail } from '../core/status.ts';
import { StatusError } from '../core/status-error.ts';
import { jsonLine, note, oneLine } from './output.ts';

export interface FailureOptions {
  /** For machines: one object `{ code?, message, details? }` on one line. */
  json?: boolean;
  /** Where types of error details are looked for beside the standard ones. */
  files?: readonly ProtoFile[];
}

/** Says on stderr why a command failed: one line, and one for each error detail. No stack. */
export async function reportFailure(error: unknown, { json = false, files = [] }: FailureOptions = {}): Promise<void> {
  if (!(error instanceof StatusError)) {
    const message = error instanceof Error ? error.message : String(error);
    note(json ? jsonLine({ message }) : `error: ${oneLine(message)}`);
    return;
  }
  const code = codeName(error.code);
  const details = await detailsAsJson(error.details, files);
  if (json) note(jsonLine({ code, message: error.statusMessage, details }));
  else {
    note(`error: ${oneLine(error.message)}`);
    for (const { '@type': type, ...fields } of details) note(`  ${oneLine(type)} ${jsonLine(fields)}`);
  }
}

interface DetailJson {
  readonly '@type': string;
  readonly [field: string]: unknown;
}

/** Details as protobuf JSON has them; those of unknown types as `value`, in base64. */
async function detailsAsJson(details: readonly Detail[], files: readonly ProtoFile[]): Promise<DetailJson[]> {
  if (details.length === 0) return [];
  const { descriptorIndex, detailFiles, messageCodec, messageToJson } = await import('../wire/index.ts');
  return details.map(({ typeUrl, value }) => {
    const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
    const known = [detailFiles, files].find((set) => descriptorIndex(set).messages.has(type));
    try {
      if (known === undefined) throw new Error('unknown type');
      const codec = messageCodec(known, type);
      return { '@type': type, ...(messageToJson(codec, codec.decode(value)) as object) };
    } catch {
      return { '@type': type, value: Buffer.from(value).toString('base64') };
    }
  });
}
