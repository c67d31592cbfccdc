import { type Command, Option } from 'commander';
import { withTarget } from './target-flags.ts';
import type { TargetOptions } from './target-options.ts';

/** How a command reaches the Control service of a server. */
export interface ControlClientOptions extends TargetOptions {
  /** File with the control token. */
  controlTokenFile?: string;
}

/** Adds what a command needs to reach the Control service of a server, the address left out. */
export function controlOptions(command: Command): Command {
  return withTarget(command).addOption(
    new Option('--control-token-file <file>', 'file with the control token (default: the one that serve wrote)').env(
      'FLOWRPC_CONTROL_TOKEN_FILE',
    ),
  );
}
