import { type Controlled, control } from '../runtime/control.ts';
import type { Admission } from '../runtime/control-admission.ts';
import { checkControlToken, createControlToken } from '../runtime/control-token.ts';
import type { Server } from '../server/server.ts';
import { controlTokenPath, removeControlToken, writeControlToken } from './control-token-file.ts';
import { asUsage } from './exit.ts';
import { note } from './output.ts';

export interface ServedControlOptions {
  readonly tokenFile: string | undefined;
  readonly admit: Admission | undefined;
}

/** The Control service of `serve`, and its token: that of the environment, or a new one in files that only this user can read. */
export class ServedControl implements AsyncDisposable {
  readonly #options: ServedControlOptions;
  readonly #token: string;
  readonly #given: boolean;
  readonly #written: string[] = [];

  constructor(options: ServedControlOptions) {
    const given = process.env.FLOWRPC_CONTROL_TOKEN;
    this.#options = options;
    this.#given = given !== undefined && given !== '';
    this.#token = this.#given ? given! : createControlToken();
    asUsage(() => checkControlToken(this.#token));
  }

  add(server: Server, runtime: Controlled): void {
    server.add(control({ runtime, token: this.#token, allow: this.#options.admit }));
  }

  /** Leaves the token for commands to find, once it is known where the server listens. Gives the files. */
  async announce(addresses: readonly string[]): Promise<readonly string[]> {
    const { tokenFile } = this.#options;
    if (this.#given) return [];
    for (const path of tokenFile === undefined ? new Set(addresses.map(controlTokenPath)) : [tokenFile]) {
      try {
        await writeControlToken(path, this.#token);
        this.#written.push(path);
      } catch (error) {
        if (tokenFile !== undefined) throw error;
        // Everything else works without.
        note(`warning: ${(error as Error).message}; nobody can use Control, give a token in FLOWRPC_CONTROL_TOKEN`);
      }
    }
    return this.#written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#written.splice(0)) await removeControlToken(path, this.#token);
  }
}
