/** A number that only grows. */
export class Counter {
  value = 0;

  add(amount = 1): void {
    this.value += amount;
  }
}

/** A number that goes up and down. */
export class Gauge {
  value = 0;

  set(value: number): void {
    this.value = value;
  }

  add(amount = 1): void {
    this.value += amount;
  }
}

/** A call that fell into a bucket, by its trace: where to look for what the bucket is about. */
export interface Exemplar {
  readonly traceId: string;
  readonly value: number;
}

/** How many values fell under each bound, and their sum. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One for each bound, not added up, and one for what is above the last. */
  readonly counts: Float64Array;
  sum = 0;
  /** By bucket, the newest; none until one was given. */
  exemplars: (Exemplar | undefined)[] | undefined;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number, traceId?: string): void {
    const { bounds, counts } = this;
    let index = 0;
    // Bounds are few, and most values are small.
    while (index < bounds.length && value > bounds[index]!) index += 1;
    counts[index]! += 1;
    this.sum += value;
    if (traceId !== undefined) (this.exemplars ??= [])[index] = { traceId, value };
  }
}
