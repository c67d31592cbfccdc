/** The library that connections stand on. Rejects when it is not installed. */
export async function loadWs(kind: string): Promise<typeof import('ws')> {
  try {
    return await import('ws');
  } catch (cause) {
    throw new Error(`Cannot load module "ws", which kind "${kind}" needs: npm install ws`, { cause });
  }
}
