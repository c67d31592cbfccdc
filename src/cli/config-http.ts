import { type Rule, record } from '../graph/rules.ts';
import type { TranscoderOptions } from '../services/transcode/transcoder-options.ts';
import { bytes, duration, flag, listenAddress, mappingOr, metadataKeys, oneOrMore, texts } from './config-values.ts';

/** `http`: where HTTP with JSON is answered, and how. */
export interface HttpConfig
  extends Pick<
    TranscoderOptions,
    'cors' | 'defaults' | 'docs' | 'headers' | 'maxBodyBytes' | 'responseHeaders' | 'timeoutMs'
  > {
  readonly listen?: string | readonly string[];
  /** Names of services, and prefixes such as `shop.*`. */
  readonly services?: readonly string[];
}

const addresses = oneOrMore(listenAddress);

/** Addresses alone, or a mapping with them. */
export const httpRules: Rule = mappingOr(
  record('a mapping such as { listen: 127.0.0.1:8080 }', {
    listen: addresses,
    services: texts,
    cors: texts,
    headers: metadataKeys,
    responseHeaders: metadataKeys,
    maxBodyBytes: bytes,
    timeoutMs: duration,
    docs: flag,
    defaults: flag,
  } satisfies Record<keyof HttpConfig, Rule>),
  addresses,
);

/** What `http` says, as a mapping. */
export function httpConfig(written: HttpConfig | string | readonly string[] | undefined): HttpConfig {
  if (written === undefined) return {};
  return typeof written === 'string' || isList(written) ? { listen: written } : written;
}

function isList(written: HttpConfig | readonly string[]): written is readonly string[] {
  return Array.isArray(written);
}
