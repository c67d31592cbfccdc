import { afterEach } from 'vitest';

/* What Node warns of (listeners that pile up, negative timeouts, deprecated calls) fails the test in which it came; our own words do not. */
const warnings: Error[] = [];
process.on('warning', (warning) => {
  if (!/^(ExperimentalWarning|FlowrpcWarning)$/.test(warning.name)) warnings.push(warning);
});

afterEach(() => {
  if (warnings.length === 0) return;
  const told = warnings.splice(0).map(({ name, message, stack }) => `${name}: ${message}\n${stack}`);
  throw new Error(`Cannot let pass what Node warned of: ${told.join('\n')}`);
});
