import { createServer, silentLogger } from 'flowrpc';
import { graphOf, row, templates } from '../edge-graphs.ts';

// graph.ts: serves a node of each template, leading to one more, until its parent goes; tells where.
const server = createServer({ logger: silentLogger });
const rows = templates.map((template) => row(template, [template, 'oneToOne']));
await graphOf(rows.flat(), server);
const { port } = await server.listen('127.0.0.1:0');
process.send!({ target: `127.0.0.1:${port}` });
process.on('disconnect', () => process.exit(0));
