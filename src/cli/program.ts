import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import type { Action } from './action.ts';
import { addClientCommands } from './client-commands.ts';
import { addControlCommands } from './control-commands.ts';
import { addDebugCommands } from './debug-commands.ts';
import { ExitCode, UsageError } from './exit.ts';
import { reportFailure } from './failure.ts';
import { addGraphCommands } from './graph-commands.ts';
import { addTestCommand } from './test-command.ts';

const examples = `
Examples:
  $ flowrpc serve graph.yaml
  $ flowrpc list 127.0.0.1:50051
  $ flowrpc call 127.0.0.1:50051 default.greet/In -d '{"name":"Ada"}'
  $ flowrpc apply specs -f graph.yaml --host 127.0.0.1:50051
  $ flowrpc get nodes
  $ flowrpc generate greeter.proto --out src/gen

Exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`;

/** Runs a command line, without the program's name in front, and gives the exit code. Never rejects. */
export async function run(argv: readonly string[]): Promise<number> {
  let code: number = ExitCode.ok;
  const action: Action =
    (load) =>
    async (...args) => {
      const command = args.pop() as Command;
      try {
        code = (await (await load())(...(args as never[]))) ?? ExitCode.ok;
      } catch (error) {
        if (error instanceof UsageError) command.error(`error: ${error.message}`);
        await reportFailure(error, { json: command.opts().json });
        code = ExitCode.failed;
      }
    };
  try {
    await createProgram(action).parseAsync(argv, { from: 'user' });
  } catch (error) {
    // Commander has said why already; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    throw error;
  }
  return code;
}

/** The commands; `action` makes what runs when one is chosen. */
export function createProgram(action: Action): Command {
  const { version } = createRequire(import.meta.url)('flowrpc/package.json') as { version: string };
  const program = new Command('flowrpc')
    .description('Serves workflow graphs over gRPC, and talks to any gRPC server')
    .version(version)
    .exitOverride()
    .addHelpText('after', examples);
  addGraphCommands(program, action);
  addClientCommands(program, action);
  addControlCommands(program, action);
  addDebugCommands(program, action);
  addTestCommand(program, action);
  for (const command of [program, ...program.commands]) {
    command.showHelpAfterError(`Usage: ${command.createHelp().commandUsage(command)}`);
  }
  return program;
}
