import { Caller, type ClientRow, clientRows } from './client-rows.ts';
import { connectionRows } from './connection-rows.ts';
import { handlerRows, requestRows } from './message-rows.ts';
import { judge, type Outcome, type Row, Victims } from './row.ts';
import type { Side } from './victim-process.ts';
import { wireRows } from './wire-rows.ts';

/** Every input of the comparison, in the order of its table. */
export const tables: readonly { readonly title: string; readonly rows: readonly (Row | ClientRow)[] }[] = [
  { title: 'Frames and connections, against a server', rows: [...wireRows, ...connectionRows] },
  { title: 'Requests, against a server', rows: requestRows },
  { title: 'What handlers do', rows: handlerRows },
  { title: 'Answers, and what callers do, against a client', rows: clientRows },
];

/** Runs rows of one side one after another, in processes that are started anew when they die. */
export class Gauntlet implements AsyncDisposable {
  readonly #victims: Victims;
  readonly #side: Side;
  #caller: Caller | undefined;

  constructor(side: Side) {
    this.#side = side;
    this.#victims = new Victims(side);
  }

  async run(row: Row | ClientRow): Promise<Outcome & { readonly grownMb?: number }> {
    if (!isClientRow(row)) return judge(row, await this.#victims.get());
    if (this.#caller?.alive !== true) this.#caller = await Caller.start(this.#side);
    return row.attack(this.#caller);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#victims[Symbol.asyncDispose]();
    await this.#caller?.[Symbol.asyncDispose]();
  }
}

function isClientRow(row: Row | ClientRow): row is ClientRow {
  return (clientRows as readonly (Row | ClientRow)[]).includes(row);
}
