import { pingContenders } from '../ping-contenders.ts';

// ping-server.ts CONTENDER: serves until its parent goes, tells the port and, when asked, the CPU time used.
const [name = ''] = process.argv.slice(2);
const { port } = await pingContenders[name]!();
process.send!({ port });
process.on('message', () => process.send!({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
