import { execFileSync, spawnSync } from 'node:child_process';
import { startServer } from './processes.ts';

const [c, s] = [process.argv[2]!, process.argv[3]!];
using server = await startServer(s, 0);
const r = spawnSync(
  process.execPath,
  [
    '--cpu-prof',
    '--cpu-prof-dir=/tmp/prof2',
    '--import',
    'tsx',
    'bench/workers/client.ts',
    c,
    String(server.port),
    '0',
    '64',
    '32',
    '1000',
    '4000',
  ],
  { encoding: 'utf8' },
);
console.log(r.stdout, r.stderr);
