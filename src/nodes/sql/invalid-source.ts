/** An Error about the field `source`: it may hold a password, so it is not shown. */
export function invalidSource(wanted: string): Error {
  return new Error(`the source is not understood (and not shown, it may be secret): wanted ${wanted}`);
}
