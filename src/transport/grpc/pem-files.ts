import { X509Certificate } from 'node:crypto';
import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { loadPem, type Pem, type PemSource } from './pem.ts';

/** What became of files that changed. */
export type PemChange = 'none' | 'taken' | { readonly refused: string };

interface Bad {
  readonly stamp: string;
  readonly why: string;
  told: boolean;
}

/** File systems tell times apart only so far. */
const tickMs = 100;

/**
 * TLS material that follows its files. However they are replaced (in place, by rename, by a symbolic link, one before the other),
 * what is used is always a whole, valid set: the last one there was.
 */
export class PemFiles {
  readonly #source: PemSource;
  readonly #where: string;
  readonly #files: readonly string[];
  #pem: Pem;
  #stamp: string;
  #bad: Bad | undefined;
  /** When last looked at they had just changed, and may have changed again with the same stamp. */
  #unsettled = true;

  /** An Error that names what is wrong with the material. */
  constructor(source: PemSource, where: string) {
    this.#source = source;
    this.#where = where;
    const { caFile, certFile, keyFile, reload = true } = source;
    this.#files = reload ? [caFile, certFile, keyFile].filter((file) => file !== undefined) : [];
    this.#stamp = this.#files.map((file) => stampNow(file).text).join();
    this.#pem = loadPem(source, where);
  }

  get pem(): Pem {
    return this.#pem;
  }

  /** There are files that may change. */
  get watched(): boolean {
    return this.#files.length > 0;
  }

  /** Looks at the files. Bad ones are told of once, when a second look finds them as they were: some are only half written. */
  async look(): Promise<PemChange> {
    const stamps = await Promise.all(this.#files.map(stampOf));
    const stamp = stamps.map(({ text }) => text).join();
    const known = !this.#unsettled;
    this.#unsettled = stamps.some(isRecent);
    if (known && stamp === this.#stamp) {
      this.#bad = undefined;
      return 'none';
    }
    const bad = this.#bad?.stamp === stamp ? this.#bad : undefined;
    if (known && bad !== undefined) return tell(bad);
    try {
      const pem = loadPem(this.#source, this.#where);
      checkDates(pem);
      const changed = !same(pem, this.#pem);
      this.#stamp = stamp;
      this.#bad = undefined;
      this.#pem = pem;
      return changed ? 'taken' : 'none';
    } catch (error) {
      this.#bad = bad ?? { stamp, why: (error as Error).message, told: false };
      return bad === undefined ? 'none' : tell(bad);
    }
  }
}

function tell(bad: Bad): PemChange {
  if (bad.told) return 'none';
  bad.told = true;
  return { refused: bad.why };
}

/** A certificate that nobody would take must not replace one that may still be good. */
function checkDates({ cert }: Pem): void {
  const why = cert === undefined ? undefined : outOfDate(cert);
  if (why !== undefined) throw new Error(`Cannot use the certificate: it ${why}`);
}

/** Says so when a certificate is not valid today, as the end of a sentence. */
export function outOfDate(cert: Buffer): string | undefined {
  const { validFrom, validTo } = new X509Certificate(cert);
  const now = Date.now();
  if (Date.parse(validTo) < now) return `expired on ${validTo}`;
  if (Date.parse(validFrom) > now) return `is not valid before ${validFrom}`;
  return undefined;
}

function same(one: Pem, other: Pem): boolean {
  return (['ca', 'cert', 'key'] as const).every((part) => one[part]?.toString() === other[part]?.toString());
}

/** Changes whenever the file is written, renamed, replaced or removed, or a link to it points elsewhere. */
interface Stamp {
  readonly text: string;
  readonly changedMs?: number;
}

function stampOf(file: string): Promise<Stamp> {
  return stat(file, { bigint: true }).then(stampFrom, noStamp);
}

function stampNow(file: string): Stamp {
  try {
    return stampFrom(statSync(file, { bigint: true }));
  } catch (error) {
    return noStamp(error);
  }
}

function stampFrom({ dev, ino, size, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): Stamp {
  return { text: [dev, ino, size, mtimeNs, ctimeNs].join(' '), changedMs: Number(ctimeMs) };
}

function noStamp(error: unknown): Stamp {
  return { text: (error as NodeJS.ErrnoException).code ?? String(error) };
}

function isRecent({ changedMs }: Stamp): boolean {
  return changedMs !== undefined && Math.abs(Date.now() - changedMs) < tickMs;
}
