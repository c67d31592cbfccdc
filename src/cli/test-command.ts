import { type Command, Option } from 'commander';
import type { Action } from './action.ts';
import { environmentEntry, positiveDuration, several } from './option-values.ts';
import { reporterNames } from './test-report.ts';

/** Adds the command that runs test graphs. */
export function addTestCommand(program: Command, action: Action): void {
  program
    .command('test')
    .description('Run the test nodes of graph files')
    .argument('<[pattern] file...>', 'YAML or JSON files; before them a regular expression over namespace/name')
    .addOption(new Option('-r, --reporter <name>', 'how results are printed (default: text)').choices(reporterNames))
    .option('--timeout <time>', 'longest that one test may take (default: 30s)', positiveDuration)
    .option('--namespace <name>', 'of nodes that name none', 'default')
    .option(
      '-e, --env <KEY=VALUE>',
      'a value for env entries; a bare KEY reads the environment; repeatable',
      environmentEntry,
    )
    .option('--from-values <file>', 'stored values that env entries name; repeatable', several)
    .option('--json', 'same as --reporter json')
    .action(action(async () => (await import('./test.ts')).test));
}
