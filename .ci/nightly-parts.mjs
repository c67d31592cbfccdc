// What a night runs. A part is a row of the summary: its command, what goes before it, and the lines of its output that are figures.
const hour = 60;

/** Those that run on each Node, 20 first. */
export const majors = ['20', '22', '24'];

export const parts = [
  {
    name: 'tests',
    everyNode: true,
    // What takes minutes by itself runs on one of them.
    env: (major) => ({ CI: '1', ...(major === majors[0] && { LONG_TESTS: '1' }) }),
    command: (major) =>
      `npm test -- --reporter=default --reporter=json --outputFile.json=.tools/results/node-${major}.json`,
    after: (major) => `node .ci/summary.mjs .tools/results/node-${major}.json`,
    figures: /^\d+ passed, /,
    minutes: hour,
  },
  { name: 'conformance', everyNode: true, command: () => 'npm run conformance', figures: /^(?:server|client): /, minutes: 40 },
  {
    name: 'interop',
    everyNode: true,
    command: () => 'npm run interop -- --iterations 1000',
    figures: /^(?:interop, Node |unmet: |slowest )/,
    minutes: hour,
  },
  {
    name: 'stress',
    command: () => 'npm run interop -- --case stress --peer grpc-go --stress-seconds 120',
    figures: /^(?:interop, Node |stress )/,
    minutes: 15,
  },
  {
    name: 'outside',
    before: 'bash .ci/tools && { bash .ci/postgres || true; }',
    command: () => 'npx vitest run --config test/outside/vitest.config.ts',
    figures: /^\s*Tests /,
    minutes: hour,
  },
  { name: 'hostile', command: () => 'npm run hostile', figures: /^Of \d+ inputs/, minutes: hour },
  {
    name: 'faults',
    command: () => 'npm run faults',
    after: () => 'npm run faults -- --table',
    figures: /^[FP]\d+ /,
    minutes: hour,
  },
  {
    // Others are shown beside ours; none of it can fail.
    name: 'peers',
    command: () => 'npm run faults -- --short --peer grpc-js --peer nice-grpc --peer connect-node',
    after: () => 'npm run faults -- --table',
    figures: /^[FP]\d+ .*: other/,
    minutes: hour,
  },
  {
    name: 'fuzz',
    command: () => 'npm run fuzz -- --seconds 1800 --parallel 2',
    figures: /: \d+ executions/,
    minutes: 5 * hour,
  },
  {
    name: 'jazzer',
    command: () => 'bash .ci/fuzz-jazzer --seconds 600',
    figures: /^(?:== [a-z-]+, |Done )/,
    minutes: 3 * hour,
  },
  {
    name: 'soak',
    command: () => 'npm run soak -- --calls 10000000',
    figures: /^(?:[^{].* done, |FAILED)/,
    minutes: 4 * hour,
  },
  { name: 'bench', command: () => 'npm run bench -- edges --quick --check', figures: /edge/, minutes: 30 },
];
