import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { NodeContext } from '../node-context.ts';
import { Ended, orRunEnded } from '../run-ended.ts';
import type { Directive } from './directives.ts';
import { scanText } from './scan-text.ts';

/** Gives the next bytes; undefined at the end. */
export type ReadChunk = () => Promise<Uint8Array | undefined>;

const maxHeld = 1024 * 1024;

/** A text that is read as it comes, by one after the other. What one did not use is there for the next. */
export class TextInput {
  readonly #read: ReadChunk;
  readonly #decoder = new TextDecoder();
  #text = '';
  #ended = false;
  #reading: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(read: ReadChunk) {
    this.#read = read;
  }

  /**
   * The values that a format finds next. OUT_OF_RANGE when the input ends before; nothing is used when the run ends while more is waited for. What
   * does not fit is left where it is, up to the end of its line.
   */
  async scan(directives: readonly Directive[], context: NodeContext): Promise<readonly unknown[] | Error> {
    const before = this.#last;
    let pass = (): void => {};
    this.#last = new Promise((resolve) => {
      pass = resolve;
    });
    const turn = await orRunEnded(context, before);
    if (turn instanceof Ended) {
      before.then(pass);
      return turn.reason;
    }
    try {
      return await this.#scan(directives, context);
    } finally {
      pass();
    }
  }

  async #scan(directives: readonly Directive[], context: NodeContext): Promise<readonly unknown[] | Error> {
    for (;;) {
      const found = this.#find(directives);
      if (found !== 'more') {
        if ('ended' in found) return this.#over(found.ended);
        this.#text = this.#text.slice(found.used);
        return found.values;
      }
      if (this.#text.length > maxHeld)
        return new StatusError(Code.RESOURCE_EXHAUSTED, `Cannot scan more than ${maxHeld} characters at a time`);
      this.#reading ??= this.#more().finally(() => {
        this.#reading = undefined;
      });
      const read = await orRunEnded(context, this.#reading);
      if (read instanceof Ended) return read.reason;
    }
  }

  #find(directives: readonly Directive[]): ReturnType<typeof scanText> {
    try {
      return scanText(directives, this.#text, this.#ended);
    } catch (thrown) {
      // The next one begins with another line, or it would meet the same.
      this.#text = this.#text.replace(/^\s*[^\n]*\n?/, '');
      throw thrown;
    }
  }

  #over(found: number): StatusError {
    this.#text = '';
    // A file may grow.
    this.#ended = false;
    const what = found === 0 ? 'is over' : `ended after ${found} of the values`;
    return new StatusError(Code.OUT_OF_RANGE, `Cannot scan: the input ${what}`);
  }

  async #more(): Promise<void> {
    const chunk = await this.#read();
    this.#ended = chunk === undefined;
    this.#text += chunk === undefined ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true });
  }
}
