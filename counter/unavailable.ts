/** How far the count was, and the lower one that Redis holds. */
export interface GoneBack {
  from: number;
  to: number;
}

/** Why there is no number: the sentence is for the client, the reason for metrics. */
export class Unavailable extends Error {
  readonly reason: "crowded" | "patience" | "gone" | "lost";
  /** From which count to which it has gone back, where that is the reason. */
  readonly goneBack: GoneBack | undefined;

  constructor(reason: Unavailable["reason"], sentence: string, goneBack?: GoneBack) {
    super(sentence);
    this.reason = reason;
    this.goneBack = goneBack;
  }
}
