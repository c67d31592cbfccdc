import { Refusal } from '../refusal.ts';

/** Fields of Timestamp and Duration. */
export interface Instant {
  readonly seconds?: bigint | string | number;
  readonly nanos?: number;
}

const timestampForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/i;
const durationForm = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;
const leastSecond = -62_135_596_800n;
const mostSecond = 253_402_300_799n;
const mostDuration = 315_576_000_000n;

/** `2026-11-20T13:00:00.5Z`, with 0, 3, 6 or 9 digits after the point. */
export function timestampText({ seconds = 0n, nanos = 0 }: Instant): string {
  const whole = BigInt(seconds);
  if (whole < leastSecond || whole > mostSecond) throw new Refusal('a timestamp within the years 1 to 9999', whole);
  return new Date(Number(whole) * 1_000).toISOString().replace('.000Z', `${fraction(nanos)}Z`);
}

/** `1.500s` */
export function durationText({ seconds = 0n, nanos = 0 }: Instant): string {
  const whole = BigInt(seconds);
  const sign = whole < 0n || nanos < 0 ? '-' : '';
  return `${sign}${whole < 0n ? -whole : whole}${fraction(Math.abs(nanos))}s`;
}

export function parseTimestamp(json: unknown): { seconds: bigint; nanos: number } {
  const match = typeof json === 'string' ? timestampForm.exec(json) : null;
  const wanted = 'a timestamp such as "2026-11-20T13:00:00Z"';
  if (match === null) throw new Refusal(wanted, json);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const sameDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!sameDay || hour > 23 || minute > 59 || second > 59) throw new Refusal(wanted, json);
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (match[8] === '-' ? -60 : 60);
  const seconds = BigInt(date.getTime() / 1_000 - offset);
  if (seconds < leastSecond || seconds > mostSecond) throw new Refusal(wanted, json);
  return { seconds, nanos: nanosOf(match[7]) };
}

export function parseDuration(json: unknown): { seconds: bigint; nanos: number } {
  const match = typeof json === 'string' ? durationForm.exec(json) : null;
  const seconds = BigInt(match?.[2] ?? 0);
  if (match === null || seconds > mostDuration) throw new Refusal('a duration such as "1.5s"', json);
  const nanos = nanosOf(match[3]);
  return match[1] === '-' ? { seconds: -seconds, nanos: -nanos || 0 } : { seconds, nanos };
}

function fraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.replace(/(000){1,2}$/, '')}`;
}

function nanosOf(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.padEnd(9, '0'));
}
