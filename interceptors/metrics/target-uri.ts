const schemes = /^(?:dns|ipv4|ipv6|unix|unix-abstract|xds|passthrough):/;

/** A target as a canonical URI, as gRPC's metrics name it (gRFC A66, `grpc.target`): `dns:///host:50051`, `unix:///run/a.sock`. */
export function targetUri(target: string): string {
  if (target === 'other' || target === 'in-process') return target;
  if (!schemes.test(target)) return `dns:///${target}`;
  const colon = target.indexOf(':') + 1;
  const scheme = target.slice(0, colon);
  const rest = target.slice(colon);
  if (rest.startsWith('//')) return target;
  if (scheme === 'unix:') return rest.startsWith('/') ? `unix://${rest}` : target;
  return scheme === 'dns:' ? `dns:///${rest.replace(/^\//, '')}` : target;
}
