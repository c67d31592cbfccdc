export { type JsonLoggerOptions, jsonLogger, type Level, type Logger, levels, silentLogger } from './logger.ts';
export { formatTrace, injectTrace, mintTrace, parseTrace, type TraceContext, traceOf } from './trace-context.ts';
