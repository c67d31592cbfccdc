import { methodName } from '../nodes/names.ts';
import { jsonLine, print } from './output.ts';
import { table } from './table.ts';

/** What the greeting tells of a node. */
export interface GreetedNode {
  readonly service: string;
  readonly kind: string;
  readonly status: string;
  /** Why it does not run. */
  readonly reason?: string;
  readonly inputs?: readonly string[];
}

export interface Greeting {
  readonly addresses: readonly string[];
  readonly nodes: readonly GreetedNode[];
  readonly tls: boolean;
  /** Where the control token was left. */
  readonly tokenFiles?: readonly string[];
}

/** Tells that a server serves: to people, or in one line of JSON. */
export async function announce(greeted: Greeting, { json = false }: { json?: boolean }): Promise<void> {
  const { addresses, tokenFiles = [] } = greeted;
  const nodes = greeted.nodes.map(({ service, kind, status, reason }) => ({ service, kind, status, reason }));
  const control = tokenFiles.length > 0 && { controlTokenFiles: tokenFiles };
  await print(json ? jsonLine({ addresses, nodes, ...control }) : greeting(greeted));
}

/** What `serve` prints once it serves: addresses, nodes, and two lines to try. */
export function greeting({ addresses, nodes, tls }: Greeting): string {
  const rows = nodes.map(({ service, kind, status, reason }) => [
    service,
    kind,
    reason === undefined ? status : `${status}: ${reason}`,
  ]);
  const lines = [
    ...addresses.map((address) => `listening on ${address}${tls ? ' with TLS' : ''}`),
    '',
    table([['SERVICE', 'KIND', 'STATUS'], ...rows]),
  ];
  const node = nodes.find(({ status, inputs = [] }) => status === 'active' && inputs.length > 0);
  if (node !== undefined) lines.push('', 'try', ...tryLines(addresses[0]!, node, tls));
  return lines.join('\n');
}

function tryLines(address: string, { service, inputs = [] }: GreetedNode, tls: boolean): string[] {
  const host = address.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, 'localhost');
  const method = `${service}/${methodName(inputs[0]!)}`;
  const data = `-d '{"name":"Ada"}'`;
  const grpcurl = host.startsWith('unix:') ? `-unix ${host.slice('unix:'.length)}` : host;
  return [
    `  grpcurl ${tls ? '' : '-plaintext '}${data} ${grpcurl} ${method}`,
    `  flowrpc call ${host} ${method}${tls ? ' --tls' : ''} ${data}`,
  ];
}
