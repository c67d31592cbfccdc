const most = 2_000;

/** A picture of what `dotOf` gave, by the optional package `@viz-js/viz`. Rejects when that is not installed, or there is more than a picture can hold. */
export async function svgOf(dot: string, { nodes }: { nodes: number }): Promise<string> {
  if (nodes > most) throw new Error(`Cannot draw ${nodes} nodes as svg: wanted at most ${most}, or another format`);
  const { instance } = await load();
  const viz = await instance();
  return viz.renderString(dot, { format: 'svg' });
}

async function load(): Promise<typeof import('@viz-js/viz')> {
  try {
    return await import('@viz-js/viz');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(
      'Cannot draw svg: package "@viz-js/viz" is not installed, wanted "npm install @viz-js/viz", or another format',
      {
        cause: error,
      },
    );
  }
}
