import type { ReadonlyMetadata } from 'flowrpc';

/** Keys whose values are never shown, whoever asks: credentials by their usual names, and bytes, which may hold them. */
const secretKey =
  /auth|bearer|cookie|token|secret|passw|pwd|credential|session|signature|[cx]srf|jwt|otp|ssn|api[-_.]?key|access[-_.]?key|private|(?:^|[-_.])(?:key|pin|sig)$|-bin$/;

const maxKeys = 32;
const maxLength = 256;

export interface ShownMetadata {
  /** The keys to show; left out: all. */
  keys?: readonly string[];
  /** More keys whose values are never shown, lower-case. */
  deny?: ReadonlySet<string>;
}

/** Metadata as an object for logs: at most 32 keys and 256 characters of each, secrets as `<redacted>`, also when asked for by name. */
export function redactMetadata(metadata: ReadonlyMetadata, { keys, deny }: ShownMetadata = {}): Record<string, string> {
  const shown: [string, string][] = [];
  for (const key of keys ?? metadata.keys()) {
    if (shown.length === maxKeys) break;
    if (!metadata.has(key)) continue;
    const secret = secretKey.test(key) || deny?.has(key) === true;
    shown.push([key.slice(0, maxLength), secret ? '<redacted>' : metadata.getAll(key).join(',').slice(0, maxLength)]);
  }
  return Object.fromEntries(shown);
}
