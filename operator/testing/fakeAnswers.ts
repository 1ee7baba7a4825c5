import type { GroupState } from "../keeper/index.ts";
import type { Context } from "../reconcile/context.ts";
import type { CountAnswer } from "../reconcile/look/askProxy.ts";
import type { RedisAnswer, RedisTarget } from "../reconcile/look/askRedis.ts";
import type { SecretAnswer } from "../reconcile/look/namedSecrets.ts";

type Asked = "counts" | "whyNotMade" | "tlsSecrets" | "redisUsers" | "namedPasswords" | "copies";

/** What a reconcile asks beside the API server's caches, and what a test has it hear. */
export class FakeAnswers {
  /** What the proxy says once it is asked. */
  answer: { value: CountAnswer; steady: boolean; occasion: string | undefined } | undefined;
  /** What is asked of the proxy: where, and on what occasion. */
  asked: { target: unknown; occasion: string | undefined } | undefined;
  /** Why the pod of Redis is not made. */
  whyNotMade: { value: string; steady: boolean } | undefined;
  /** What is in the Secret with a certificate that spec names. */
  tlsSecret: SecretAnswer | undefined;
  /** Which Secret that is. */
  named: string | undefined;
  /** What Redis is told of its users, and what it says to that. */
  redis: RedisTarget | undefined;
  redisAnswers: (target: RedisTarget) => RedisAnswer | undefined = () => undefined;
  /** How the three copies are. */
  copies: GroupState | undefined;
  /** The nodes of the operator's pods. */
  keeperNodes: readonly string[] = [];
  /** What there is of the Secret that spec.redis.auth names. */
  namedPassword: SecretAnswer | undefined;

  protected answers(): Pick<Context, Asked> {
    const answers = { follow: () => {}, forget: () => {}, answer: () => undefined };
    return {
      copies: { stateOf: () => this.copies, keeperNodes: () => this.keeperNodes },
      counts: {
        follow: (_key, target, occasion) => {
          this.asked = { target, occasion };
        },
        forget: () => {
          this.asked = undefined;
          this.answer = undefined;
        },
        answer: () => this.answer,
        isUnsure: () => this.asked !== undefined && !this.answer?.steady,
      },
      whyNotMade: {
        ...answers,
        answer: () => this.whyNotMade && { ...this.whyNotMade, occasion: undefined },
        isUnsure: () => this.whyNotMade?.steady === false,
      },
      tlsSecrets: {
        follow: (_key, { name }) => {
          this.named = name;
        },
        forget: () => {
          this.named = undefined;
        },
        answer: () =>
          this.named !== undefined && this.tlsSecret
            ? { value: this.tlsSecret, steady: true, occasion: undefined }
            : undefined,
        isUnsure: () => false,
      },
      redisUsers: {
        ...answers,
        follow: (_key, target) => {
          this.redis = target;
        },
        answer: () => {
          const value = this.redis && this.redisAnswers(this.redis);
          return value && { value, steady: true, occasion: undefined };
        },
        isUnsure: () => false,
      },
      namedPasswords: {
        ...answers,
        answer: () => this.namedPassword && { value: this.namedPassword, steady: true, occasion: undefined },
        isUnsure: () => false,
      },
    };
  }
}
