/** The versions of TLS there are to choose from; older ones are refused by both sides always. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

const versions: readonly unknown[] = ['TLSv1.2', 'TLSv1.3'] satisfies TlsVersion[];

/** The lowest version to take, TLS 1.2 when nothing is said. A TypeError for anything that is no version. */
export function leastVersion(minVersion: TlsVersion = 'TLSv1.2'): TlsVersion {
  if (versions.includes(minVersion)) return minVersion;
  throw new TypeError(`Cannot use minVersion ${JSON.stringify(minVersion)}: wanted "TLSv1.2" or "TLSv1.3"`);
}
