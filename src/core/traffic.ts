/** What went over a call so far, seen from this side. Bytes are those of messages as encoded, without framing and metadata. */
export interface Traffic {
  readonly sentMessages: number;
  readonly receivedMessages: number;
  /** Compressed, where the sender compressed. */
  readonly sentBytes: number;
  /** As they arrived; what grpc-js unpacked for a client counts unpacked. 0 in process, where messages go by reference. */
  readonly receivedBytes: number;
  /** How often a transport began the call anew by itself, because its server had left it undone. Told when the call is over. */
  readonly repeats: number;
}

/** The counters behind it: transports count. */
export class TrafficCount implements Traffic {
  sentMessages = 0;
  receivedMessages = 0;
  sentBytes = 0;
  receivedBytes = 0;
  repeats = 0;

  sent(bytes: number): void {
    this.sentMessages += 1;
    this.sentBytes += bytes;
  }

  received(bytes: number): void {
    this.receivedMessages += 1;
    this.receivedBytes += bytes;
  }
}
