import { type Code, codeByName, Code as codes } from '../core/code.ts';
import { maxTimerMs } from '../core/deadline.ts';
import { dropped, isRecord, listOf, type Rule, rule } from '../graph/rules.ts';
import { parseDuration } from '../nodes/duration.ts';
import { parseListenAddress } from '../transport/grpc/target.ts';
import { formatPath } from '../wire/yaml/position.ts';

/** Milliseconds, or a text such as `200ms`, `5s`, `1m30s`, up to 24 days; kept as milliseconds. */
export const duration = durationRule('a duration such as "200ms" or "5s"', () => undefined);

/** The same, where `never` stands for no bound. */
export const durationOrNever = durationRule('a duration such as "200ms" or "5s", or "never"', (value) =>
  value === 'never' ? Number.POSITIVE_INFINITY : undefined,
);

/** A number of bytes, or a text such as `64KiB` or `4MiB`; `.inf` for no bound. */
export const bytes: Rule = {
  wanted: 'a number of bytes, or a text such as "64KiB" or "4MiB"',
  read(value) {
    if (typeof value === 'number') return value >= 0 ? value : undefined;
    const [, number, unit] = typeof value === 'string' ? (/^(\d{1,9}) ?([KMG]iB)$/.exec(value) ?? []) : [];
    return number === undefined ? undefined : Number(number) * (unitBytes[unit!] ?? 1);
  },
};

const unitBytes: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

export const positive = rule('a number above 0', (value) => typeof value === 'number' && value > 0);
export const notNegative = rule('a number, 0 or above', (value) => typeof value === 'number' && value >= 0);
export const whole = rule('a whole number above 0', (value) => Number.isInteger(value) && Number(value) > 0);
export const share = rule('a share from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1);
export const flag = rule('true or false', (value) => typeof value === 'boolean');
export const text = rule('a text', (value) => typeof value === 'string' && value !== '');
export const texts = listOf('a list of texts', text);

export const metadataKey = rule(
  'a metadata key such as "x-tenant"',
  (value) => typeof value === 'string' && /^(?!grpc-)[0-9a-z_.-]+$/i.test(value),
);
export const metadataKeys = listOf('a list of metadata keys', metadataKey);

/** `host:port` or `unix:path`. */
export const listenAddress: Rule = {
  wanted: 'an address such as "127.0.0.1:50051" or "unix:/run/flowrpc.sock"',
  read(value) {
    try {
      return parseListenAddress(value as string) && value;
    } catch {
      return undefined;
    }
  },
};

/** The name of a status code, kept as its number. */
export const errorCode: Rule = {
  wanted: 'the name of a status code such as UNAVAILABLE',
  read(value) {
    const code: Code | undefined = typeof value === 'string' ? codeByName(value) : undefined;
    return code === codes.OK ? undefined : code;
  },
};
export const errorCodes = listOf('a list of status codes', errorCode);

/** One of some words. */
export function word(...words: readonly string[]): Rule {
  const quoted = words.map((one) => `"${one}"`);
  const wanted = quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
  return rule(wanted, (value) => words.includes(value as string));
}

export const tlsVersion = word('TLSv1.2', 'TLSv1.3');

/** One value, or a list of such. */
export function oneOrMore(one: Rule): Rule {
  const several = listOf(one.wanted, one);
  return {
    wanted: `${one.wanted}, or a list of such`,
    read: (value, path, report) => (Array.isArray(value) ? several : one).read(value, path, report),
  };
}

/** What the first rule says of mappings, and the other of everything else. */
export function mappingOr(mapping: Rule, other: Rule): Rule {
  return {
    wanted: `${other.wanted}, or ${mapping.wanted}`,
    read: (value, path, report) => (isRecord(value) ? mapping : other).read(value, path, report),
  };
}

/** The same rule where the value may be a secret, put there by mistake or not: what is wrong with it is told without it. */
export function unquoted({ wanted, required, read }: Rule): Rule {
  return {
    wanted,
    ...(required !== undefined && { required }),
    read(value, path, report) {
      const kept = read(value, path, report);
      if (kept !== undefined) return kept;
      report(`${formatPath(path)} cannot be used`, path, `wanted ${wanted}`);
      return dropped;
    },
  };
}

function durationRule(wanted: string, word: (value: unknown) => number | undefined): Rule {
  return {
    wanted,
    read(value) {
      const ms = parseDuration(value);
      return word(value) ?? (ms !== undefined && ms <= maxTimerMs ? ms : undefined);
    },
  };
}
