import { checkGraph, formatProblems } from 'flowrpc/graph';
import { createKinds } from 'flowrpc/nodes';
import { PacketTape, testKinds } from 'flowrpc/runtime';
import { readServedFiles } from '../../src/cli/serve-files.ts';
import type { ShownGraph } from './page.ts';
import { written } from './served-page.ts';

/** What `flowrpc check` says about a graph of a page; an empty text when nothing is wrong. */
export async function check(graph: ShownGraph): Promise<string> {
  const { specs, values } = written(graph);
  const { read } = await readServedFiles({ specs: [specs], values }, undefined);
  const kinds = createKinds(...testKinds(new PacketTape()));
  const problems = await checkGraph({ ...read, kinds });
  return formatProblems(problems.filter(({ severity }) => severity === 'error'));
}
