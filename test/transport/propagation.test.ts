import { describe } from 'vitest';
import { propagation } from '../suites/propagation.ts';
import { transports } from '../suites/transports.ts';

for (const transport of transports) describe(transport.name, () => propagation(transport));
