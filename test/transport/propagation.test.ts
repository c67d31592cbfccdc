import { propagation } from '../suites/propagation.ts';
import { transports } from '../suites/transports.ts';
import { describe } from 'vitest';

for (const transport of transports) describe(transport.name, () => propagation(transport));
