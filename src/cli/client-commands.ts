import type { Command } from 'commander';
import type { Action } from './action.ts';
import { several } from './option-values.ts';
import { withTarget } from './target-flags.ts';

/** Adds the commands that talk to a server: list, describe, call and health. */
export function addClientCommands(program: Command, action: Action): void {
  withDescriptors(clientCommand(program, 'list', 'List the services of a server, or the methods of a service'))
    .argument('[service]', 'full name: helloworld.Greeter')
    .action(action(async () => (await import('./list.ts')).list));

  withDescriptors(clientCommand(program, 'describe', 'Show a service, method, message or enum as proto text'))
    .argument('<symbol>', 'full name: helloworld.HelloRequest')
    .action(action(async () => (await import('./describe.ts')).describe));

  withDescriptors(clientCommand(program, 'call', 'Call a method, of any kind, with JSON'))
    .argument('<method>', 'service/Method or service.Method')
    .option('-d, --data <json>', 'requests: JSON, @file, or - for stdin; several in a row for streams')
    .option('-v, --verbose', 'show header and trailer, on stderr')
    .action(action(async () => (await import('./call.ts')).call));

  clientCommand(program, 'health', 'Ask whether a server, or one of its services, is healthy')
    .argument('[service]', 'full name; the whole server when left out')
    .option('--watch', 'go on with a line for each change')
    .action(action(async () => (await import('./health.ts')).health));
}

function clientCommand(program: Command, name: string, description: string): Command {
  return withTarget(program.command(name).description(description)).argument(
    '<host>',
    'host:port, dns:…, ipv4:…, ipv6:… or unix:path',
  );
}

function withDescriptors(command: Command): Command {
  return command
    .option('--proto <file>', 'proto file to use instead of reflection; repeatable', several)
    .option('-I, --import <dir>', 'where its imports are looked for; repeatable', several);
}
