/** What sending by a port without edges gives. */
export const unlinked: unique symbol = Symbol('unlinked');
