import { type Authority, authority, type Certificate } from '../../transport/grpc/certificates.ts';

const here = [
  { type: 'dns' as const, value: 'localhost' },
  { type: 'ip' as const, value: '127.0.0.1' },
];

let made: Promise<readonly [Authority, Authority]> | undefined;

/** An authority that everybody here believes, and one that nobody does; made when they are first asked for. */
export function authorities(): Promise<readonly [Authority, Authority]> {
  made ??= Promise.all([authority(), authority('Other CA')]);
  return made;
}

let serving: Promise<Certificate & { readonly ca: string }> | undefined;

/** What servers under attack show, and whom they believe. */
export function servingCertificate(): Promise<Certificate & { readonly ca: string }> {
  serving ??= authorities().then(async ([ca]) => ({
    ...(await ca.issue({ name: 'localhost', alternatives: here })),
    ca: ca.cert,
  }));
  return serving;
}

/** Certificates that must not be believed, by what is wrong with them; for this machine unless that is the fault. */
export const unbelievable: Readonly<Record<string, () => Promise<Certificate>>> = {
  'of another authority': async () => (await authorities())[1].issue({ name: 'localhost', alternatives: here }),
  'that has expired': async () =>
    (await authorities())[0].issue({ name: 'localhost', alternatives: here, from: -2_000_000, until: -1_000_000 }),
  'that is not valid yet': async () =>
    (await authorities())[0].issue({ name: 'localhost', alternatives: here, from: 1_000_000 }),
};

/** A certificate for another name. */
export async function misnamed(): Promise<Certificate> {
  const [ca] = await authorities();
  return ca.issue({ name: 'elsewhere', alternatives: [{ type: 'dns', value: 'elsewhere' }] });
}
