import { randomBytes } from 'node:crypto';

/** What must leave a process under attack by no way: a secret of its environment, and what callers prove themselves with. */
export const canaries = {
  environment: `canary-env-${randomBytes(8).toString('hex')}`,
  authorization: `Bearer canary-token-${randomBytes(8).toString('hex')}`,
} as const;

export type Canary = keyof typeof canaries;

/** Which canaries a text shows. */
export function shownCanaries(text: string): Canary[] {
  return (Object.keys(canaries) as Canary[]).filter((name) => text.includes(canaries[name].slice(-16)));
}

/** Looks at all that goes by, however it is cut into chunks, and keeps the last of it. */
export class Output {
  /** Bytes so far. */
  size = 0;
  readonly shown = new Set<Canary>();
  tail = '';

  take(chunk: Buffer): void {
    this.size += chunk.length;
    const text = this.tail.slice(-64) + chunk.toString('latin1');
    for (const name of shownCanaries(text)) this.shown.add(name);
    this.tail = (this.tail + chunk.toString()).slice(-4_000);
  }
}
