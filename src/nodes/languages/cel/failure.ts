import type { Environment } from '@marcbachmann/cel-js';
import { codeName } from '../../../core/code.ts';
import { StatusError, statusOf } from '../../../core/status-error.ts';

/** An error that came as payload: expressions read its `message` and `code`, and compare it with text. */
export class Failure {
  readonly error: Error;
  readonly message: string;
  /** The name of its status code: `NOT_FOUND`. */
  readonly code: string;

  constructor(error: Error) {
    this.error = error;
    const { message, code } = statusOf(error);
    this.message = message;
    this.code = codeName(code);
  }
}

export function registerFailures(environment: Environment): void {
  environment
    .registerType('error', { ctor: Failure, fields: { message: 'string', code: 'string' } })
    .registerOperator('error == string', (failure: Failure, text: string) => failure.message === text)
    .registerType('nested_error', { ctor: Error, fields: { message: 'string' } })
    .registerOperator('nested_error == string', (error: Error, text: string) => messageOf(error) === text)
    .registerFunction('string(error): string', (failure: Failure) => failure.message)
    .registerFunction('string(nested_error): string', messageOf);
}

function messageOf(error: Error): string {
  return error instanceof StatusError ? error.statusMessage : error.message;
}
