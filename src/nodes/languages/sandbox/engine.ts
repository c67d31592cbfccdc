import release from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSSyncVariant,
  type QuickJSWASMModule,
} from 'quickjs-emscripten-core';

// Its types are those of its CommonJS form.
const variant = release as unknown as QuickJSSyncVariant;
const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: new (pages: Pages) => Growing } }).WebAssembly;

interface Pages {
  readonly initial: number;
  readonly maximum: number;
}

interface Growing {
  grow(pages: number): number;
}

const pageBytes = 65_536;
/** What the engine itself is built to begin with. */
const leastBytes = 16 * 1024 * 1024;

export interface Engine {
  readonly module: QuickJSWASMModule;
  /** How often there was no more memory to be had. */
  readonly refusals: number;
}

/** Loads the engine. Its memory has a hard end, since buffers of scripts do not count against the limit of a script. */
export async function loadEngine(memoryBytes: number): Promise<Engine> {
  const maximum = Math.ceil((leastBytes + memoryBytes) / pageBytes);
  const wasmMemory = new Memory({ initial: leastBytes / pageBytes, maximum });
  const grow = wasmMemory.grow.bind(wasmMemory);
  let refusals = 0;
  wasmMemory.grow = (pages) => {
    try {
      return grow(pages);
    } catch (thrown) {
      refusals += 1;
      throw thrown;
    }
  };
  const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory: wasmMemory as never }));
  return {
    module,
    get refusals() {
      return refusals;
    },
  };
}
