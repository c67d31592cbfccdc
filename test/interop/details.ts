export { encodeStatusDetails, errorInfo } from '../../src/wire/index.ts';
