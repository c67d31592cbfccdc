import { laws } from '../suites/laws.ts';
import { programs } from '../suites/programs.ts';
import { transports } from '../suites/transports.ts';

for (const transport of transports) {
  laws(transport);
  programs(transport);
}
