import { describe } from 'vitest';
import { cancellation } from './cancellation.ts';
import { deadlines } from './deadlines.ts';
import { flow } from './flow.ts';
import { handlers } from './handlers.ts';
import { limits } from './limits.ts';
import { metadata } from './metadata.ts';
import { serving } from './serving.ts';
import { shutdown } from './shutdown.ts';
import { statuses } from './statuses.ts';
import { traffic } from './traffic.ts';
import type { TestTransport } from './transports.ts';

/** What every transport must do alike. */
export function behaviours(transport: TestTransport): void {
  describe(transport.name, () => {
    describe('metadata', () => metadata(transport));
    describe('statuses', () => statuses(transport));
    describe('deadlines', () => deadlines(transport));
    describe('cancellation', () => cancellation(transport));
    describe('flow', () => flow(transport));
    describe('limits', () => limits(transport));
    describe('handlers', () => handlers(transport));
    describe('serving', () => serving(transport));
    describe('shutdown', () => shutdown(transport));
    describe('traffic', () => traffic(transport));
  });
}
