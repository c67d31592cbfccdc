/** The work that one evaluation may take, in steps of some 50 ns. */
const maxSteps = 2_000_000;

let left = 0;

/** Starts to count for one evaluation; they are synchronous, so there is one at a time. */
export function restartMeter(): void {
  left = maxSteps;
}

/** Takes from what is left. Throws once nothing is. What is no number of steps takes none. */
export function charge(steps: number): void {
  if (steps > 0) left -= steps;
  if (left < 0) throw overrun();
}

/** Whether an evaluation has gone too far, even where the language made another result of that. */
export function isOverrun(): boolean {
  return left < 0;
}

export function overrun(): RangeError {
  return new RangeError(`the expression takes more than ${maxSteps} steps`);
}

/** The steps that are left. */
export function stepsLeft(): number {
  return left;
}

/** What it costs to look at all of a value, no further than the meter allows. */
export function weigh(value: unknown, lettersAStep = 64): void {
  if (typeof value === 'string') charge(Math.floor(value.length / lettersAStep));
  else if (typeof value === 'object' && value !== null) weighParts(value);
}

function weighParts(value: object): void {
  if (value instanceof Uint8Array) return charge(value.length >> 6);
  if (Array.isArray(value)) {
    charge(value.length);
    for (const item of value) if (typeof item === 'object' || typeof item === 'string') weigh(item);
    return;
  }
  if (value instanceof Map) {
    charge(value.size);
    for (const item of value.values()) weigh(item);
    return;
  }
  for (const key in value) {
    charge(1);
    weigh((value as Record<string, unknown>)[key]);
  }
}
