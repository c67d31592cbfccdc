/** What reaches the process meanwhile: texts of flowrpc's warnings, and rejections that nobody caught. */
export function watchProcess() {
  const warnings: string[] = [];
  const strays: unknown[] = [];
  const onWarning = ({ name, message }: Error): void => {
    if (name === 'FlowrpcWarning') warnings.push(message);
  };
  const onStray = (reason: unknown): void => {
    strays.push(reason);
  };
  // The test runner listens too, and would fail the run: here strays are what is counted.
  const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', onStray);
  process.on('warning', onWarning);
  const stop = (): void => {
    process.off('warning', onWarning);
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  };
  return { warnings, strays, stop };
}
