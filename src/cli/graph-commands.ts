import { type Command, Option } from 'commander';
import type { Action } from './action.ts';
import { duration, environmentEntry, several } from './option-values.ts';

/** Adds the commands that read files: serve, check and generate. */
export function addGraphCommands(program: Command, action: Action): void {
  specCommand(program, 'serve', 'Serve the nodes of graph files as gRPC services')
    .option('-l, --listen <address>', 'host:port or unix:path; repeatable (default: 127.0.0.1:50051)', several)
    .option('--allow-pending', 'serve the nodes that are right, although others are wrong')
    .addOption(
      new Option('--reflection <on|off>', 'serve reflection (default: on, when only this machine can connect)').choices(
        ['on', 'off'],
      ),
    )
    .option('--grace <time>', 'how long calls under way may go on at shutdown (default: 25s)', duration)
    .option('--tls-cert <file>', 'PEM certificate chain; turns TLS on')
    .option('--tls-key <file>', 'PEM private key')
    .option('--tls-ca <file>', 'PEM authorities; clients must show a certificate of theirs')
    .action(action(async () => (await import('./serve.ts')).serve));

  specCommand(program, 'check', 'Report everything that is wrong with graph files').action(
    action(async () => (await import('./check.ts')).check),
  );

  program
    .command('generate')
    .description('Write typed modules for proto files')
    .argument('<file...>', 'proto files')
    .requiredOption('-o, --out <dir>', 'where modules go')
    .option('-I, --import <dir>', 'where imports are looked for; repeatable', several)
    .addOption(
      new Option('--int64 <type>', 'what 64-bit integers are in code').choices(['bigint', 'string']).default('bigint'),
    )
    .option('--runtime <name>', 'what modules import', 'flowrpc')
    .addOption(
      new Option('--extension <ext>', 'how modules import each other').choices(['.js', '.ts', '']).default('.js'),
    )
    .option('--json', 'print JSON')
    .action(action(async () => (await import('./generate.ts')).generate));
}

function specCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<file...>', 'YAML or JSON files, - for stdin')
    .option('-c, --config <file>', 'how to serve: addresses, TLS, limits, interceptors (YAML or JSON)')
    .option('--namespace <name>', 'of nodes that name none', 'default')
    .option(
      '-e, --env <KEY=VALUE>',
      'a value for env entries; a bare KEY reads the environment; repeatable',
      environmentEntry,
    )
    .option('--json', 'print JSON');
}
