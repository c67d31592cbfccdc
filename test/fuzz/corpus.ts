import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const kept = fileURLToPath(new URL('corpus', import.meta.url));
const found = fileURLToPath(new URL('../../.tools/fuzz', import.meta.url));

/** Inputs that are kept with the tests: good ones to start from, and all that broke something once. */
export function keptInputs(target: string): { name: string; input: Buffer }[] {
  return inputsOf(`${kept}/${target}`);
}

/** Inputs of former runs on this machine that reach code no kept one does. */
export function foundInputs(target: string): { name: string; input: Buffer }[] {
  return inputsOf(`${found}/${target}`);
}

/** Keeps an input of this machine's for later runs. */
export function keepFound(target: string, input: Buffer): void {
  write(`${found}/${target}`, hashOf(input), input);
}

/** Keeps an input that broke something with the tests, which replay it from now on. Gives the file's name. */
export function keepCrash(target: string, input: Buffer): string {
  return write(`${kept}/${target}`, `crash-${hashOf(input)}`, input);
}

/** Where a fuzzer notes what it is about to run, so that the input is known when it takes the process with it. */
export function underWay(target: string): string {
  mkdirSync(found, { recursive: true });
  return `${found}/${target}.under-way`;
}

function inputsOf(folder: string): { name: string; input: Buffer }[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => ({ name, input: readFileSync(`${folder}/${name}`) }));
  } catch {
    return [];
  }
}

function write(folder: string, name: string, input: Buffer): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}`, input);
  return `${folder}/${name}`;
}

function hashOf(input: Buffer): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 12);
}
