import type { Command } from 'commander';
import { positiveDuration, several } from './option-values.ts';

/** Adds the flags of every command that talks to a server. */
export function withTarget(command: Command): Command {
  return command
    .option('-H, --header <header>', 'key: value, or @file with one a line; repeatable', several)
    .option('--expand-headers', `replace \${NAME} in header values from the environment`)
    .option('--timeout <time>', 'such as 500ms or 1s', positiveDuration)
    .option('--tls', 'connect with TLS; so do the next four')
    .option('--ca <file>', 'PEM authorities to trust instead of the well-known ones')
    .option('--cert <file>', 'PEM certificate chain of this client')
    .option('--key <file>', 'PEM private key of this client')
    .option('--server-name <name>', 'the name that the server certificate must have')
    .option('--authority <name>', 'sent as :authority')
    .option('--allow-insecure-credentials', 'send authorization to another machine without TLS')
    .option('--json', 'print JSON, errors too');
}
