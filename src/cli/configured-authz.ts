import { type AuthzEvent, authzFile } from 'flowrpc/interceptors';
import { listOf, type Rule, record, required, rule } from '../graph/rules.ts';
import { jsonLogger } from '../observability/index.ts';
import { configurable } from './config-interceptors.ts';
import { filePath } from './config-source.ts';
import { duration, word } from './config-values.ts';
import { principalsOf } from './configured-caller.ts';

interface AuthzEntry {
  file: string;
  reloadMs?: number | false;
  audit?: 'denied' | 'all' | 'off';
  claims?: readonly string[];
}

/** What principals begin with that are no claims. */
const taken = ['jwt', 'key', 'tls'];
const claim = rule(
  `the name of a claim such as "scope", other than ${taken.join(', ')}`,
  (value) => typeof value === 'string' && /^[^:]+$/.test(value) && !taken.includes(value),
);

/** Who may call what, by a policy file that is read again whenever it changes. */
export const authzEntry = configurable<AuthzEntry>({
  places: ['server', 'nodes'],
  options: (source) =>
    record('a mapping such as { file: policy.json }', {
      file: required(filePath(source)),
      reloadMs: {
        wanted: `${duration.wanted}, or false`,
        read: (value, path, report) => (value === false ? value : duration.read(value, path, report)),
      },
      audit: word('denied', 'all', 'off'),
      claims: listOf('a list of claims', claim),
    } satisfies Record<keyof AuthzEntry, Rule>),
  make({ file, reloadMs, audit = 'off', claims = [] }, wiring) {
    const logger = jsonLogger();
    const tell = (event: AuthzEvent): void => logger.info('authorization', event);
    const policy = authzFile(file, {
      reloadMs,
      logger,
      principals: principalsOf(claims),
      audit: audit === 'off' ? undefined : (event) => (audit === 'all' || !event.allowed) && tell(event),
      // Its name is gRPC's. Here stdout is for the greeting, and what a policy wants told is a log line.
      auditLoggers: { stdout_logger: tell },
    });
    wiring.onClose(() => policy.close());
    return policy;
  },
});
