import { type Command, Option } from 'commander';
import type { Action } from './action.ts';
import { duration, environmentEntry, several } from './option-values.ts';
import { withTarget } from './target-flags.ts';

/** Adds the commands that read files: serve (start), check and generate. */
export function addGraphCommands(program: Command, action: Action): void {
  specCommand(program, 'serve', 'Serve the nodes of graph files, or of a store, as gRPC services', { optional: true })
    .alias('start')
    .option('--from-specs <file>', 'spec file, as FILE; repeatable', several)
    .option('--store <dir>', 'folder that keeps specs and values; followed, and files are applied to it')
    .option('-w, --watch', 'take over changes of the files')
    .option('-l, --listen <address>', 'host:port or unix:path; repeatable (default: 127.0.0.1:50051)', several)
    .option('--http <address>', 'answer HTTP with JSON on host:port, too; repeatable', several)
    .option('--allow-pending', 'serve the nodes that are right, although others are wrong')
    .addOption(onOff('--reflection <on|off>', 'serve reflection (default: on, when only this machine can connect)'))
    .addOption(
      onOff('--control <on|off>', 'serve flowrpc.v1.Control (default: on, when only this machine can connect)'),
    )
    .addOption(
      new Option('--control-token-file <file>', 'where its token goes (default: where commands look for it)').env(
        'FLOWRPC_CONTROL_TOKEN_FILE',
      ),
    )
    .option('--debug', 'open a debugger on this terminal; the server ends with it')
    .option('--cpuprofile <file>', 'write a CPU profile at the end')
    .option('--memprofile <file>', 'write a heap profile at the end')
    .option('--settle <time>', 'how long new calls are taken after SIGTERM, as NOT_SERVING (default: 1s)', duration)
    .option('--grace <time>', 'how long calls under way may go on at shutdown (default: 25s)', duration)
    .option('--tls-cert <file>', 'PEM certificate chain; turns TLS on')
    .option('--tls-key <file>', 'PEM private key')
    .option('--tls-ca <file>', 'PEM authorities; clients must show a certificate of theirs')
    .action(action(async () => (await import('./serve.ts')).serve));

  withTarget(
    specCommand(program, 'check', 'Report everything that is wrong with graph files', { json: false }).option(
      '--against <host>',
      'a server: report what callers of its graph would lose too; the options below are for it',
    ),
  ).action(action(async () => (await import('./check.ts')).check));

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

function onOff(flags: string, description: string): Option {
  return new Option(flags, description).choices(['on', 'off']);
}

function specCommand(
  program: Command,
  name: string,
  description: string,
  { json = true, optional = false }: { json?: boolean; optional?: boolean } = {},
): Command {
  const command = program
    .command(name)
    .description(description)
    .argument(optional ? '[file...]' : '<file...>', 'YAML or JSON files, - for stdin')
    .option('-c, --config <file>', 'how to serve: addresses, TLS, limits, interceptors (YAML, JSON, TOML, Hjson, .env)')
    .option('-n, --namespace <name>', 'of nodes that name none (default: default)')
    .option(
      '-e, --env <KEY=VALUE>',
      'a value for env entries; a bare KEY reads the environment; repeatable',
      environmentEntry,
    )
    .option('--from-values <file>', 'file of values, for env entries that name one; repeatable', several);
  return json ? command.option('--json', 'print JSON') : command;
}
