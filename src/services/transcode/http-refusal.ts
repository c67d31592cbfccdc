import type { ErrorCode } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';

const brand = Symbol('http refusal');

/** What HTTP has a word of its own for: a status beside the code. */
export class HttpRefusal extends StatusError {
  override readonly name: string = 'HttpRefusal';
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(httpStatus: number, code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(code, message);
    Object.defineProperty(this, brand, { value: true });
    this.httpStatus = httpStatus;
    this.headers = headers;
  }

  /** Not every StatusError is one, although the test for those is inherited. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }
}
