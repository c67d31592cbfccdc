import { methodName } from '../nodes/names.ts';
import { hostToTry } from './listen-addresses.ts';
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
  /** Where HTTP is answered. */
  readonly http?: readonly string[];
  readonly nodes: readonly GreetedNode[];
  readonly tls: boolean;
  /** Where the control token was left. */
  readonly tokenFiles?: readonly string[];
}

/** Tells that a server serves: to people, or in one line of JSON. */
export async function announce(greeted: Greeting, { json = false }: { json?: boolean }): Promise<void> {
  const { addresses, http = [], tokenFiles = [] } = greeted;
  const nodes = greeted.nodes.map(({ service, kind, status, reason }) => ({ service, kind, status, reason }));
  const control = tokenFiles.length > 0 && { controlTokenFiles: tokenFiles };
  await print(json ? jsonLine({ addresses, ...(http.length > 0 && { http }), nodes, ...control }) : greeting(greeted));
}

/** What `serve` prints once it serves: addresses, nodes, and two lines to try. */
export function greeting({ addresses, http = [], nodes, tls }: Greeting): string {
  const rows = nodes.map(({ service, kind, status, reason }) => [
    service,
    kind,
    reason === undefined ? status : `${status}: ${reason}`,
  ]);
  const lines = [
    ...addresses.map((address) => `listening on ${address}${tls ? ' with TLS' : ''}`),
    ...http.map((address) => `HTTP on ${tls ? 'https' : 'http'}://${address}`),
    '',
    table([['SERVICE', 'KIND', 'STATUS'], ...rows]),
  ];
  const node = nodes.find(({ status, inputs = [] }) => status === 'active' && inputs.length > 0);
  if (node !== undefined)
    lines.push(
      '',
      'try',
      ...tryLines(addresses[0]!, node, tls),
      ...http.slice(0, 1).map((one) => curlLine(one, node, tls)),
    );
  return lines.join('\n');
}

function curlLine(address: string, { service, inputs = [] }: GreetedNode, tls: boolean): string {
  const host = hostToTry(address);
  return `  curl -d '{"name":"Ada"}' ${tls ? 'https' : 'http'}://${host}/${service}/${methodName(inputs[0]!)}`;
}

function tryLines(address: string, { service, inputs = [] }: GreetedNode, tls: boolean): string[] {
  const host = hostToTry(address);
  const method = `${service}/${methodName(inputs[0]!)}`;
  const data = `-d '{"name":"Ada"}'`;
  const grpcurl = host.startsWith('unix:') ? `-unix ${host.slice('unix:'.length)}` : host;
  return [
    `  grpcurl ${tls ? '' : '-plaintext '}${data} ${grpcurl} ${method}`,
    `  flowrpc call ${host} ${method}${tls ? ' --tls' : ''} ${data}`,
  ];
}
