import { StatusError } from 'flowrpc';

/** A function that specs of tests name. */
export default function greet({ name }: { name: string }): object {
  return { message: `Hello, ${name}` };
}

export async function later(payload: unknown): Promise<unknown> {
  await Promise.resolve();
  return [payload];
}

export function fails(): never {
  throw new StatusError(5, 'not here');
}

export function isAdult({ age }: { age: number }): boolean {
  return age >= 18;
}

export const answer = 42;
