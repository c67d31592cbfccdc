import { key } from '../../core/key.ts';
import type { RawBody } from './raw-body.ts';

/** What a listener knows of a request beside its payload. */
export interface ExchangeInfo {
  /** IP address of the client. */
  readonly client: string;
  readonly scheme: 'http' | 'https';
  readonly host: string | undefined;
  readonly path: string;
  /** As it was sent, without "?". */
  readonly search: string;
  /** Undefined for requests without a body, and for those whose body is a byte stream. */
  readonly raw: RawBody | undefined;
}

/** In the data of each process that a listener starts. */
export const exchangeKey = key<ExchangeInfo | undefined>('http request');
