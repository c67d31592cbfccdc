import fc from 'fast-check';
import { createRegistry } from 'flowrpc/interceptors/metrics/prometheus-registry';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseExposition } from './metrics-exposition.ts';

/** What a text format could stumble over. */
const nastyText = fc.string({
  unit: fc.constantFrom('\\', '"', '\n', '\r', '\u2028', '\0', '{', '}', ',', '=', '#', ' ', 'n', 'é', '😀'),
});
const formats = ['prometheus', 'openmetrics'] as const;

afterEach(() => {
  vi.useRealTimers();
});

describe('createRegistry()', () => {
  test('an empty one exports nothing, and OpenMetrics its end', () => {
    expect(createRegistry().text()).toBe('');
    expect(createRegistry().text('openmetrics')).toBe('# EOF\n');
  });

  test('text() is what Prometheus reads, to the letter', () => {
    const registry = createRegistry();
    registry
      .counter('jobs_total', { help: 'Jobs done', labels: ['queue'] })
      .labels('a')
      .add(2);
    registry.gauge('jobs_waiting', { help: 'Jobs waiting' }).labels().set(-1.5);
    const seconds = registry.histogram('job_seconds', { help: 'Durations', bounds: [0.1, 1] }).labels();
    seconds.observe(0.1);
    seconds.observe(0.5);
    seconds.observe(7);

    expect(registry.text()).toBe(
      [
        '# HELP jobs_total Jobs done',
        '# TYPE jobs_total counter',
        'jobs_total{queue="a"} 2',
        '# HELP jobs_waiting Jobs waiting',
        '# TYPE jobs_waiting gauge',
        'jobs_waiting -1.5',
        '# HELP job_seconds Durations',
        '# TYPE job_seconds histogram',
        'job_seconds_bucket{le="0.1"} 1',
        'job_seconds_bucket{le="1"} 2',
        'job_seconds_bucket{le="+Inf"} 3',
        'job_seconds_sum 7.6',
        'job_seconds_count 3',
        '',
      ].join('\n'),
    );
    expect(registry.text('openmetrics')).toContain('# TYPE jobs counter\njobs_total{queue="a"} 2\n');
    expect(registry.text('openmetrics')).toContain('job_seconds_bucket{le="1.0"} 2\n');
  });

  test('any help and label value comes back as it was, in both formats', () => {
    fc.assert(
      fc.property(
        nastyText,
        fc.uniqueArray(fc.tuple(nastyText, nastyText), {
          selector: (pair) => JSON.stringify(pair),
        }),
        (help, pairs) => {
          const registry = createRegistry();
          const family = registry.counter('x_total', { help, labels: ['a', 'b'] });
          pairs.forEach(([a, b], index) => {
            family.labels(a, b).add(index);
          });

          for (const format of formats) {
            const parsed = parseExposition(registry.text(format), { openMetrics: format === 'openmetrics' });
            expect(parsed.samples('x_total').map(({ labels, value }) => [labels.a, labels.b, value])).toEqual(
              pairs.map(([a, b], index) => [a, b, index]),
            );
          }
        },
      ),
    );
  });

  test('a histogram counts as the definition says, for any values', () => {
    const bounds = [-1, 0, 0.5, 3];
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -10, max: 10 })), (values) => {
        const registry = createRegistry();
        const histogram = registry.histogram('x', { help: '', bounds }).labels();
        for (const value of values) histogram.observe(value);

        const parsed = parseExposition(registry.text());
        for (const bound of bounds)
          expect(parsed.value('x_bucket', { le: String(bound) })).toBe(values.filter((value) => value <= bound).length);
        expect(parsed.value('x_count')).toBe(values.length);
      }),
    );
  });

  test('a summary tells quantiles within 5 %, whatever was observed', () => {
    const quantiles = [0.5, 0.95, 0.99, 0.999];
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: 2e-6, max: 5_000 }), { minLength: 1 }), (values) => {
        const registry = createRegistry();
        const summary = registry.summary('x', { help: '', quantiles }).labels();
        for (const value of values) summary.observe(value);

        const sorted = values.toSorted((a, b) => a - b);
        const parsed = parseExposition(registry.text());
        for (const quantile of quantiles) {
          const exact = sorted[Math.max(Math.ceil(quantile * sorted.length) - 1, 0)]!;
          const told = parsed.value('x', { quantile: String(quantile) })!;
          expect(Math.abs(told / exact - 1)).toBeLessThan(0.05);
        }
        expect(parsed.value('x_count')).toBe(values.length);
      }),
    );
  });

  test('a summary forgets what is older than its window, slice by slice; sum and count stay', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const registry = createRegistry({ windowMs: 60_000, windowSlices: 6 });
    const summary = registry.summary('x', { help: '', quantiles: [0.5] }).labels();
    const median = (): number => parseExposition(registry.text()).value('x', { quantile: '0.5' })!;
    expect(median()).toBeNaN();

    summary.observe(1);
    vi.advanceTimersByTime(30_000);
    summary.observe(100);
    summary.observe(100);
    expect(median()).toBeGreaterThan(90);
    vi.advanceTimersByTime(35_000);
    summary.observe(10);
    expect(median()).toBeGreaterThan(90);
    vi.advanceTimersByTime(30_000);
    expect(median()).toBeLessThan(11);
    vi.advanceTimersByTime(600_000);

    expect(median()).toBeNaN();
    expect(parseExposition(registry.text()).value('x_sum')).toBe(211);
    expect(parseExposition(registry.text()).value('x_count')).toBe(4);
  });

  test('the series of a name are bounded: the rest share one', () => {
    const registry = createRegistry({ maxSeries: 3 });
    const family = registry.counter('x_total', { help: '', labels: ['a', 'b'] });

    for (let n = 0; n < 1_000; n++) family.labels(`a${n}`, 'b').add();
    family.labels('a1', 'b').add();

    const samples = parseExposition(registry.text()).samples('x_total');
    expect(samples).toHaveLength(4);
    expect(samples[1]).toMatchObject({ labels: { a: 'a1' }, value: 2 });
    expect(samples[3]).toMatchObject({ labels: { a: 'other', b: 'other' }, value: 997 });
  });

  test('label values that no UTF-8 can carry are made whole, and count as one', () => {
    const registry = createRegistry();
    const family = registry.counter('x_total', { help: '', labels: ['a'] });

    family.labels('\ud800').add();
    family.labels('\udfff').add();

    expect(registry.text()).toContain('x_total{a="\ufffd"} 2\n');
  });

  test('one name asked for twice is one family; made otherwise it is refused', () => {
    const registry = createRegistry();
    const first = registry.counter('x_total', { help: 'First', labels: ['a'] });

    expect(registry.counter('x_total', { help: 'Second', labels: ['a'] })).toBe(first);
    expect(() => registry.counter('x_total', { help: '', labels: ['b'] })).toThrow(
      'Cannot make counter "x_total": the registry has a counter of that name, made otherwise',
    );
    expect(() => registry.gauge('x_total', { help: '', labels: ['a'] })).toThrow('Cannot make gauge "x_total"');
  });

  test('beforeExport() refreshes before each export, until it is ended', () => {
    const registry = createRegistry();
    const gauge = registry.gauge('x', { help: '' }).labels();
    const end = registry.beforeExport(() => gauge.add());

    registry.text();
    expect(registry.text()).toContain('x 2\n');
    end();

    expect(registry.text()).toContain('x 2\n');
  });

  test.each<[string, (registry: ReturnType<typeof createRegistry>) => unknown]>([
    ['Cannot make a counter named "x": wanted a name ending in _total', (r) => r.counter('x', { help: '' })],
    ['Cannot make a gauge named "1x"', (r) => r.gauge('1x', { help: '' })],
    ['Cannot make a gauge named "a b"', (r) => r.gauge('a b', { help: '' })],
    ['a label "le"', (r) => r.histogram('x', { help: '', labels: ['le'], bounds: [1] })],
    ['a label "__x"', (r) => r.gauge('x', { help: '', labels: ['__x'] })],
    ['one label twice: a, a', (r) => r.gauge('x', { help: '', labels: ['a', 'a'] })],
    ['bounds 2, 1', (r) => r.histogram('x', { help: '', bounds: [2, 1] })],
    ['bounds 1, Infinity', (r) => r.histogram('x', { help: '', bounds: [1, Number.POSITIVE_INFINITY] })],
    ['quantiles 99', (r) => r.summary('x', { help: '', quantiles: [99] })],
    ['by 1 labels: wanted a, b', (r) => r.gauge('x', { help: '', labels: ['a', 'b'] }).labels('1')],
    ['did you mean "labels"?', (r) => r.gauge('x', { help: '', label: ['a'] } as never)],
    ['Cannot export metrics as "json"', (r) => r.text('json' as never)],
    ['Cannot make a registry with maxSeries 0', () => createRegistry({ maxSeries: 0 })],
    ['Cannot use option "maxserie"', () => createRegistry({ maxserie: 1 } as never)],
  ])('%s', (message, make) => {
    expect(() => make(createRegistry())).toThrow(message);
  });
});
