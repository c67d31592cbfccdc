/** Keys with the `grpc-` prefix that the protocol leaves to applications and policies. */
const allowedReserved = new Set([
  'grpc-previous-rpc-attempts',
  'grpc-retry-pushback-ms',
  'grpc-trace-bin',
  'grpc-tags-bin',
]);
const connectionKeys = new Set([
  'connection',
  'content-length',
  'content-type',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);
const legalKey = /^[0-9a-z_.-]+$/;
const legalText = /^[\x20-\x7e]*$/;

/** Keys that were found legal: programs use few, and over and over. */
const seenKeys = new Set<string>();

/** The key in lower case. A TypeError that quotes it when it cannot travel or belongs to the protocol. */
export function checkedKey(key: string): string {
  if (seenKeys.has(key)) return key;
  const name = String(key).toLowerCase();
  if (!legalKey.test(name)) {
    throw new TypeError(
      `Cannot set metadata key ${JSON.stringify(clip(key))}: wanted one or more of a-z, 0-9, "_", "-" and "."`,
    );
  }
  if ((name.startsWith('grpc-') && !allowedReserved.has(name)) || connectionKeys.has(name)) {
    throw new TypeError(`Cannot set metadata key "${clip(name)}": it is reserved for the protocol`);
  }
  if (name === key && seenKeys.size < 256) seenKeys.add(name);
  return name;
}

/** The value as it will travel, under a key that was checked. A TypeError that names the key when it cannot. */
export function checkedValue(name: string, value: unknown): string | Uint8Array {
  if (name.endsWith('-bin')) {
    if (value instanceof Uint8Array) return value;
    throw new TypeError(`Cannot set metadata key "${name}" to a ${typeof value}: a "-bin" key holds a Uint8Array`);
  }
  if (typeof value !== 'string') {
    throw new TypeError(
      `Cannot set metadata key "${name}" to a ${value instanceof Uint8Array ? 'Uint8Array' : typeof value}: wanted a string (bytes go under a key that ends in "-bin")`,
    );
  }
  // Leading and trailing space does not survive HTTP/2 implementations, so it would come back changed.
  if (!legalText.test(value)) {
    throw new TypeError(
      `Cannot set metadata key "${name}": its value has a character outside printable ASCII (bytes go under "${name}-bin")`,
    );
  }
  return value.trim();
}

function clip(text: string): string {
  const shown = String(text);
  return shown.length > 64 ? `${shown.slice(0, 64)}…` : shown;
}
