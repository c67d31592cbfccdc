import { appendFileSync, closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

/** What a replica did, as it wrote it down before it answered. */
export interface Execution {
  readonly key: string;
  readonly replica: string;
  /** It answered UNAVAILABLE instead of doing the work. */
  readonly refused: boolean;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Replicas append to the same file, each line in one write, so that one that is killed leaves whole lines. */
export class KeyLog implements Disposable {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write({ key, replica, refused, at }: Execution): void {
    writeSync(this.#file, `${refused ? '-' : '+'} ${key} ${replica} ${at}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/** Everything that replicas wrote down, in order. */
export function readKeyLog(path: string): Execution[] {
  if (!existsSync(path)) appendFileSync(path, '');
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [mark, key = '', replica = '', at] = line.split(' ');
      return { key, replica, refused: mark === '-', at: Number(at) };
    });
}
