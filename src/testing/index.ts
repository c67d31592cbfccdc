export { type FakeContext, type FakeContextOptions, fakeContext } from './fake-context.ts';
export { type Pair, type PairOptions, pair } from './pair.ts';
export { type RecordedCall, type Recorder, type RecorderOptions, recorder } from './recorder.ts';
