import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: { conditions: ['@flowrpc/source'] },
  ssr: { resolve: { conditions: ['@flowrpc/source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/outside/**', '**/node_modules/**'],
    globalSetup: ['test/built-package.ts'],
    setupFiles: ['test/warnings.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    maxWorkers: 2,
    expect: { poll: { timeout: 5_000 } },
    // The machine is shared: what fails once under somebody else's load is run again, and the report says so.
    retry: process.env.CI ? 1 : 0,
  },
});
