import { listOf, type Rule, record } from '../graph/rules.ts';
import { isOutboundEntry } from '../nodes/outbound-rules.ts';

/** Where connections of nodes may lead that no spec names. */
export interface OutboundConfig {
  readonly allow?: readonly string[];
}

const host: Rule = {
  wanted: 'a host such as "api.example.com:443", "*.example.com", "*", or addresses such as "10.0.0.0/8"',
  read: (value) => (typeof value === 'string' && isOutboundEntry(value) ? value : undefined),
};

export const outboundHosts = listOf('a list of hosts', host);

export const outboundRules = record('a mapping such as { allow: [api.example.com] }', {
  allow: outboundHosts,
} satisfies Record<keyof OutboundConfig, Rule>);
