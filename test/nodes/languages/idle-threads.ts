import { createLanguages } from 'flowrpc/nodes';
import { runContext } from './evaluate.ts';

// Runs a script and closes nothing: the process is to end by itself.
const program = await createLanguages().get('javascript').compile('export default (x) => x + 1', {});
console.log(await program.run([1], runContext()));
