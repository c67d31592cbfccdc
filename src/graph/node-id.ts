export { idOfPlace as generateId, isId } from '../stores/document-id.ts';
