/** Lets everything run that waits for no timer, so many times. */
export async function ticks(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
