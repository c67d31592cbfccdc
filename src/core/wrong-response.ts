/** What a handler gave can't be sent. The caller is not to blame and can't help: INTERNAL, masked. */
export class WrongResponse extends TypeError {
  override readonly name: string = 'WrongResponse';
}
