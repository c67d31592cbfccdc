import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const kept = fileURLToPath(new URL('corpus', import.meta.url));
const found = fileURLToPath(new URL('../../.tools/fuzz', import.meta.url));

/** Where inputs of a target come from, and where those go that are worth more. */
export interface Corpus {
  /** What to start from. */
  inputs(): Buffer[];
  /** Keeps one that reaches code which no other does. */
  found(input: Buffer): void;
  /** Keeps one that broke something. Gives the file's name. */
  broken(input: Buffer): string;
  /** A file for what is about to run, so that it is known when it takes the process with it. */
  readonly underWay: string;
}

/** Kept inputs and those of former runs on this machine, in `.tools/fuzz`; what breaks something is kept with the tests, which replay it from now on. */
export function corpusOf(target: string): Corpus {
  mkdirSync(found, { recursive: true });
  return {
    inputs: () => [...keptInputs(target), ...inputsOf(`${found}/${target}`)].map(({ input }) => input),
    found: (input) => void write(`${found}/${target}`, hashOf(input), input),
    broken: (input) => write(`${kept}/${target}`, `crash-${hashOf(input)}`, input),
    underWay: underWay(target),
  };
}

/** Starts from kept inputs alone and leaves nothing behind: every run of it is the same. For targets that are broken on purpose. */
export function seedCorpus(target: string): Corpus {
  const folder = join(tmpdir(), `flowrpc-fuzz-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return {
    inputs: () => keptInputs(target).map(({ input }) => input),
    found: () => {},
    broken: (input) => write(folder, `crash-${hashOf(input)}`, input),
    underWay: join(folder, 'under-way'),
  };
}

/** Inputs that are kept with the tests: good ones to start from, and all that broke something once. */
export function keptInputs(target: string): { name: string; input: Buffer }[] {
  return inputsOf(`${kept}/${target}`);
}

/** Keeps an input that took its process with it. Gives the file's name. */
export function keepCrash(target: string, input: Buffer): string {
  return corpusOf(target).broken(input);
}

/** What a fuzzer of that target noted last. */
export function underWay(target: string): string {
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
