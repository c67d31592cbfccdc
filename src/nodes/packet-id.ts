export { timeOrderedId } from '../core/time-ordered-id.ts';
