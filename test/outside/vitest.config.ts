import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests that need programs from outside, which `.ci/tools` builds. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { conditions: ['@flowrpc/source'] },
  ssr: { resolve: { conditions: ['@flowrpc/source'] } },
  test: {
    include: ['test/outside/**/*.test.ts'],
    setupFiles: ['test/warnings.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
