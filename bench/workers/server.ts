import { contenders } from '../contenders.ts';

// server.ts CONTENDER INTERCEPTORS: serves until its parent goes, tells the port and, when asked, the CPU time used.
const [name = '', interceptors = '0'] = process.argv.slice(2);
const port = await contenders[name]!.serve(Number(interceptors));
process.send!({ port });
process.on('message', () => process.send!({ cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit(0));
