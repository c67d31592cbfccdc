import { behaviours } from '../suites/transport.ts';
import { transports } from '../suites/transports.ts';

for (const transport of transports.filter(({ wire }) => wire)) behaviours(transport);
