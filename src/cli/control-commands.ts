import { Argument, type Command, Option } from 'commander';
import type { Action } from './action.ts';
import { controlOptions } from './control-options.ts';
import { documentTypes, resources } from './documents.ts';
import { several } from './option-values.ts';

/** Adds the commands that look at, and change, what a server or a store has: apply, get and delete. */
export function addControlCommands(program: Command, action: Action): void {
  documentCommand(program, 'apply', 'Make or replace specs or values', documentTypes)
    .requiredOption('-f, --filename <file>', 'YAML or JSON file, - for stdin; repeatable', several)
    .option('-n, --namespace <name>', 'of documents that name none', 'default')
    .action(action(async () => (await import('./apply.ts')).apply));

  documentCommand(program, 'get', 'Show specs, values, nodes, processes, frames or problems', resources)
    .argument('[name]', 'name or id; of frames the id of a process, of problems a node')
    .option('-n, --namespace <name>', 'only of this one')
    .option('--where <condition>', `such as self.status == "inactive", as in if nodes`)
    .action(action(async () => (await import('./get.ts')).get));

  documentCommand(program, 'delete', 'Delete specs or values', documentTypes)
    .argument('[name...]', 'names or ids')
    .option('-f, --filename <file>', 'delete what this file describes, - for stdin; repeatable', several)
    .option('-n, --namespace <name>', 'of names, and of documents that name none (default: default)')
    .action(action(async () => (await import('./delete.ts')).remove));
}

function documentCommand(program: Command, name: string, description: string, what: readonly string[]): Command {
  const command = program
    .command(name)
    .description(description)
    .addArgument(new Argument('<what>', 'what it is about').choices(what));
  return controlOptions(command)
    .addOption(new Option('--host <host>', 'server to ask (default: 127.0.0.1:50051)').env('FLOWRPC_HOST'))
    .option('--store <dir>', 'folder of a store, instead of a server');
}
