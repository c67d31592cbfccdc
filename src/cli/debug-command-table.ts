import { breakpointCommands } from './debug-breakpoint-commands.ts';
import type { DebugContext } from './debug-context.ts';
import { flowCommands } from './debug-flow-commands.ts';
import { lookCommands } from './debug-look-commands.ts';
import { type Shown, told } from './debug-shown.ts';
import { table } from './table.ts';

/** A command of the prompt. */
export interface PromptCommand {
  /** Its name, then its short forms. */
  readonly names: readonly string[];
  /** What may follow the name. */
  readonly takes: string;
  readonly does: string;
  /** Throws an Error that says what is wrong. */
  run(context: DebugContext, args: readonly string[]): Promise<Shown> | Shown;
}

/** Told by a command that ends the prompt. */
export const quit: Shown = told('');

const help: PromptCommand = {
  names: ['help', 'h'],
  takes: '',
  does: 'this list',
  run: () => {
    return {
      text: table(all.map(({ names, takes, does }) => [names.join(', '), takes, does])),
      json: { commands: all.map(({ names, takes, does }) => ({ names, takes, does })) },
    };
  },
};

const all: readonly PromptCommand[] = [
  ...breakpointCommands,
  ...flowCommands,
  ...lookCommands,
  help,
  { names: ['quit', 'q'], takes: '', does: 'let go all that is held, and leave', run: () => quit },
];

const byName = new Map(all.flatMap((command) => command.names.map((name) => [name, command] as const)));

/** Runs a line of the prompt. Rejects with what is wrong with it. */
export async function runLine(context: DebugContext, line: string): Promise<Shown> {
  const [name = '', ...args] = line.trim().split(/\s+/);
  const command = byName.get(name);
  if (command === undefined) throw new Error(`There is no command "${name}", wanted one that help lists`);
  return await command.run(context, args);
}
