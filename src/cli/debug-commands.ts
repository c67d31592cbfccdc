import { type Command, Option } from 'commander';
import type { Action } from './action.ts';
import { controlOptions } from './control-options.ts';
import { environmentEntry, several } from './option-values.ts';

/** Adds the commands that show what a graph is and does: graph and debug. */
export function addDebugCommands(program: Command, action: Action): void {
  controlOptions(
    program
      .command('graph')
      .description('Draw a graph, of files or as it runs on a server')
      .argument('<source...>', 'YAML or JSON files, - for stdin; or one server')
      .addOption(
        new Option('-f, --format <format>', 'what to write').choices(['mermaid', 'dot', 'svg']).default('mermaid'),
      )
      .option('-n, --namespace <name>', 'files: of nodes that name none (default: default); server: only of this one')
      .option('--from-values <file>', 'files: values that env entries name; repeatable', several)
      .option(
        '-e, --env <KEY=VALUE>',
        'a value for env entries of files; a bare KEY reads the environment; repeatable',
        environmentEntry,
      ),
  ).action(action(async () => (await import('./graph-drawing.ts')).graph));

  controlOptions(
    program
      .command('debug')
      .description(
        'Hold packets of a server at breakpoints, and look at them; commands come from the terminal or stdin',
      )
      .argument('<host>', 'host:port, dns:…, ipv4:…, ipv6:… or unix:path'),
  ).action(action(async () => (await import('./debug.ts')).debug));
}
