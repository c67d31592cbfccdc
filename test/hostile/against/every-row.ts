import { attemptRows } from './attempt-rows.ts';
import { servingCertificate } from './certificates.ts';
import { Caller, type ClientRow, clientRows } from './client-rows.ts';
import { codecRows } from './codec-rows.ts';
import { connectionRows } from './connection-rows.ts';
import { Dialer, dialRows } from './dial-rows.ts';
import { identityRows } from './identity-rows.ts';
import { handlerRows, requestRows } from './message-rows.ts';
import type { Bars, Judged } from './oracle.ts';
import type { Outcome, Row, SideRow } from './row.ts';
import { serviceRows } from './service-rows.ts';
import { sideRows } from './side-rows.ts';
import type { Child, Side } from './victim-process.ts';
import { Victims } from './victims.ts';
import { wireRows } from './wire-rows.ts';

/** Inputs for a server, a client, one that is told where to call, or for none of them. */
export type Input =
  | { readonly against: 'server'; readonly row: Row }
  | { readonly against: 'client'; readonly row: ClientRow }
  | { readonly against: 'dialer'; readonly row: ClientRow<Dialer> }
  | { readonly against: 'side'; readonly row: SideRow };

const server = (row: Row): Input => ({ against: 'server', row });
const client = (row: ClientRow): Input => ({ against: 'client', row });
const dialer = (row: ClientRow<Dialer>): Input => ({ against: 'dialer', row });
const side = (row: SideRow): Input => ({ against: 'side', row });

export interface Table {
  readonly title: string;
  readonly inputs: readonly Input[];
}

export const serverTables: readonly Table[] = [
  { title: 'Frames and connections, against a server', inputs: [...wireRows, ...connectionRows].map(server) },
  { title: 'Requests, against a server', inputs: requestRows.map(server) },
  { title: 'What handlers do', inputs: handlerRows.map(server) },
  {
    title: 'Who calls, and what is asked of health and reflection, against a server',
    inputs: [...identityRows.map(server), ...sideRows.map(side), ...serviceRows.map(server)],
  },
];

export const clientTables: readonly Table[] = [
  {
    title: 'Answers, and what callers do, against a client',
    inputs: [...clientRows, ...codecRows, ...attemptRows].map(client),
  },
  { title: 'Names, certificates, and what is printed, against a client', inputs: dialRows.map(dialer) },
];

/** Every input of the comparison, in its order. */
export const tables: readonly Table[] = [...serverTables, ...clientTables];

/** Runs inputs of one side one after another, in processes that are started anew when they die. */
export class Gauntlet implements AsyncDisposable {
  readonly #side: Side;
  readonly #victims: Victims;
  #caller: Caller | undefined;
  #dialer: Dialer | undefined;

  constructor(side: Side, bars: Bars) {
    this.#side = side;
    this.#victims = new Victims(side, bars, async () => ({ TLS: JSON.stringify(await servingCertificate()) }));
  }

  async run({ against, row }: Input): Promise<Outcome & Partial<Judged>> {
    if (against === 'side') return row.look(this.#side);
    if (against === 'server') return this.#victims.judge(row);
    if (against === 'client') {
      if (this.#caller?.alive !== true) this.#caller = await Caller.start(this.#side);
      return quietly(this.#caller, row.attack(this.#caller));
    }
    if (this.#dialer?.alive !== true) this.#dialer = await Dialer.start(this.#side);
    return quietly(this.#dialer, row.attack(this.#dialer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [this.#victims, this.#caller, this.#dialer]) await each?.[Symbol.asyncDispose]();
  }
}

/** Nothing that a server sends is printed by its client, and no secret is. */
async function quietly(child: Child, attack: Promise<Outcome>): Promise<Outcome> {
  const before = child.stdout.size + child.stderr.size;
  const { said, good } = await attack;
  const printed = child.alive ? child.stdout.size + child.stderr.size - before : 0;
  const secret = child.stdout.shown.size + child.stderr.shown.size > 0;
  return {
    said: [
      said,
      ...(printed > 0 ? [`${printed} bytes are printed`] : []),
      ...(secret ? ['a secret is printed'] : []),
    ].join('; '),
    good: good && printed === 0 && !secret,
  };
}
