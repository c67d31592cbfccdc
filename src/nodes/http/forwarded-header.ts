import type { Context } from '../../core/context.ts';
import { Metadata } from '../../core/metadata.ts';
import { injectTrace } from '../../observability/trace-context.ts';
import { canonicalName } from './header.ts';

type Lists = Record<string, string[]>;

/** The header fields that say of which trace a request is part. */
export function traceHeader(parent: Context | undefined): Lists {
  const metadata = new Metadata();
  injectTrace(metadata, parent);
  const header: Lists = {};
  for (const [key, value] of metadata) if (typeof value === 'string') header[canonicalName(key)] = [value];
  return header;
}

/** The metadata of a call that is listed, as header fields. */
export function forwardedHeader(keys: readonly string[], parent: Context | undefined): Lists {
  const header: Lists = {};
  if (parent === undefined) return header;
  for (const key of keys) {
    const values = parent.metadata.getAll(key).filter((value): value is string => typeof value === 'string');
    if (values.length > 0) header[canonicalName(key)] = values;
  }
  return header;
}
