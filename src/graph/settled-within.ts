/** Whether work was done in time, which is over once `hurry` aborts. With `unref` the wait keeps no process of the system up. */
export async function settledWithin(
  work: Promise<unknown>,
  ms: number,
  { hurry, unref = false }: { hurry?: AbortSignal; unref?: boolean } = {},
): Promise<boolean> {
  if (hurry?.aborted) return false;
  let give!: (done: boolean) => void;
  const late = new Promise<boolean>((resolve) => {
    give = resolve;
  });
  const onHurry = (): void => give(false);
  const timer = setTimeout(onHurry, ms);
  if (unref) timer.unref();
  hurry?.addEventListener('abort', onHurry);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
    hurry?.removeEventListener('abort', onHurry);
  }
}
