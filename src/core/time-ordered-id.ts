const digits: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
let pool = new Uint8Array(0);
let used = 0;
let lastMs = 0;
let sequence = 0;

/** A time-ordered UUID (RFC 9562, version 7): ids made later in this process sort later. */
export function timeOrderedId(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    sequence = 0;
  } else if (++sequence > 0xfff) {
    // 4,096 ids within a millisecond: run ahead of the clock, so that order holds.
    lastMs += 1;
    sequence = 0;
  }
  const ms = lastMs.toString(16).padStart(12, '0');
  const order = sequence.toString(16).padStart(3, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7${order}-${random()}`;
}

/** Variant bits and 62 random ones, out of a pool: asking the system each time costs more than the rest. */
function random(): string {
  if (used + 8 > pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(4096));
    used = 0;
  }
  const at = used;
  used += 8;
  const byte = (i: number): string => digits[pool[at + i]!]!;
  const variant = digits[(pool[at]! & 0x3f) | 0x80]!;
  return `${variant}${byte(1)}-${byte(2)}${byte(3)}${byte(4)}${byte(5)}${byte(6)}${byte(7)}`;
}
