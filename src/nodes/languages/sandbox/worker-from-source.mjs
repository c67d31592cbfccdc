// Starts the worker where this package runs from its sources; what is built starts `worker.js` itself.
import { tsImport } from 'tsx/esm/api';

await tsImport('./worker.ts', import.meta.url);
