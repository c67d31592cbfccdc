export { type FakeContext, type FakeContextOptions, fakeContext } from './fake-context.ts';
export { type Pair, type PairOptions, pair } from './pair.ts';
export { type RecordedCall, type Recorder, type RecorderOptions, recorder } from './recorder.ts';
export { neverAnswers, type StubAnswer, type StubCall, type StubTarget, stubTarget } from './stub-target.ts';
export {
  type PortAnswer,
  type TestNode,
  type TestNodeOptions,
  type TestProcess,
  type TestSendOptions,
  testNode,
} from './test-node.ts';
