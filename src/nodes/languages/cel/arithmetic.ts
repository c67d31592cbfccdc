import type { Environment } from '@marcbachmann/cel-js';

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/**
 * Numbers of a payload are doubles and literals such as `2` are ints: an operation between the two is one of doubles. The language itself has
 * none, and no remainder of doubles.
 */
export function registerArithmetic(environment: Environment): void {
  for (const [sign, operation] of Object.entries(operations)) {
    environment.registerOperator(`double ${sign} int`, (a: number, b: bigint) => operation(a, Number(b)));
    environment.registerOperator(`int ${sign} double`, (a: bigint, b: number) => operation(Number(a), b));
  }
  // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number are compared by what they amount to.
  environment.registerOperator('int == double', (a: bigint, b: number) => (a as unknown) == b);
  environment.registerOperator('double % double', operations['%']!);
}
