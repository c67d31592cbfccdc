import type { ConfigurableInterceptor } from './config-interceptors.ts';
import { authEntry } from './configured-auth.ts';
import { authzEntry } from './configured-authz.ts';
import { credentials } from './configured-credentials.ts';
import { limiting } from './configured-limits.ts';
import { observing } from './configured-observability.ts';
import { resilience } from './configured-resilience.ts';

/** All interceptors that a config file can name. */
export const configurableInterceptors: Readonly<Record<string, ConfigurableInterceptor>> = {
  ...observing,
  auth: authEntry,
  authz: authzEntry,
  ...limiting,
  ...resilience,
  ...credentials,
};
