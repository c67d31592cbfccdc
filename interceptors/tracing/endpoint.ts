/** Where a peer is: a host with its port, or a socket's path. */
export interface Endpoint {
  readonly address: string;
  readonly port?: number;
}

const hostAndPort = /^(\[[0-9A-Fa-f:.%]+\]|[^\s:/,[\]]+):(\d{1,5})$/;

/**
 * Host and port of a target or peer address: `host:50051`, `dns:///host:50051`, `ipv6:[::1]:50051`, `unix:/run/a.sock`.
 * What names several hosts, or follows no scheme we know, comes back whole and without a port.
 */
export function endpointOf(target: string): Endpoint {
  if (target.startsWith('unix:')) return { address: target.slice('unix:'.length).replace(/^\/\/(?=\/)/, '') };
  const name = target.replace(/^(?:dns:(?:\/\/[^/]*\/)?|ipv4:|ipv6:)/, '');
  const match = hostAndPort.exec(name);
  if (match !== null) return { address: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2]) };
  return { address: /[:/,]/.test(name) ? target : name };
}
