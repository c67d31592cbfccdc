import type { Fault } from './task.ts';

/** JavaScript with spaces where types were, so that places stay. Rejects when the library for it is not there. */
export async function stripTypes(code: string): Promise<{ code: string } | { fault: Fault }> {
  const { transformSync } = await loadStripper();
  try {
    return { code: transformSync(code, { mode: 'strip-only', module: true, filename: 'code.ts' }).code };
  } catch (thrown) {
    // What it refuses is told by plain objects: it trapped, or ran out of stack, and is in no state to go on.
    if (thrown instanceof Error) throw new Error('it nests too deep', { cause: thrown });
    const { message, startLine, startColumn } = thrown as Refusal;
    return {
      fault: {
        message: lowerFirst(message ?? String(thrown)),
        ...(startLine !== undefined && { line: startLine }),
        ...(startColumn !== undefined && { column: startColumn + 1 }),
      },
    };
  }
}

interface Refusal {
  readonly message?: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}

async function loadStripper(): Promise<typeof import('@swc/wasm-typescript')> {
  try {
    return await import('@swc/wasm-typescript');
  } catch (cause) {
    throw new Error(
      'Cannot load module "@swc/wasm-typescript", which language "typescript" needs: npm install @swc/wasm-typescript',
      { cause },
    );
  }
}

function lowerFirst(message: string): string {
  return /^[A-Z][a-z]/.test(message) && !message.startsWith('TypeScript')
    ? message.charAt(0).toLowerCase() + message.slice(1)
    : message;
}
