import type { Metadata } from '../core/metadata.ts';

/** Metadata as frames carry it: text, several values joined by commas. `authorization` stays: the stream has its own. */
export function textMetadata(metadata: Metadata): Record<string, string> {
  const text: Record<string, string> = {};
  for (const key of metadata.keys())
    if (!key.endsWith('-bin') && key !== 'authorization') text[key] = metadata.getAll(key).join(',');
  return text;
}
