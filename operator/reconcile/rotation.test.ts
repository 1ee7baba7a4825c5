import { describe, expect, it } from "@jest/globals";
import type { V1Secret } from "@kubernetes/client-node";
import { ROTATE_PASSWORD } from "../desired/names.ts";
import { type Passwords, passwordIn, passwordsIn } from "../desired/passwords.ts";
import { digestOf, redisUsers } from "../desired/redisUsers.ts";
import { ApiError } from "../runtime/index.ts";
import { FakeCluster, refusal } from "../testing/fakeCluster.ts";
import { hitCounterWith } from "../testing/fixtures.ts";
import { FORMER_MS } from "./find/rotation.ts";
import type { RedisAnswer, RedisTarget } from "./look/askRedis.ts";

type Spec = Parameters<typeof hitCounterWith>[0];

/** A cluster with a Redis that has users, and counters that are one of them, and take up what the Secret says when they see it. */
class Rotating extends FakeCluster {
  users: RedisTarget["users"] = [];
  /** What each counter uses, by its address. */
  readonly counters = new Map<string, { user: string; password: string }>();
  isAway = false;

  static async serving(spec: Spec = {}): Promise<Rotating> {
    const cluster = new Rotating(hitCounterWith(spec));
    await cluster.settle();
    cluster.run();
    cluster.pods.forEach((pod, index) => {
      if (pod.status) pod.status.podIP = `10.0.0.${index}`;
    });
    cluster.redisAnswers = (target) => cluster.#answer(target);
    cluster.users = redisUsers(cluster.passwords);
    for (const { metadata, status } of cluster.pods) {
      if (metadata?.name?.startsWith("web-counter")) cluster.counters.set(status?.podIP ?? "", cluster.shown);
    }
    await cluster.settle();
    return cluster;
  }

  get secret(): V1Secret {
    return this.object<V1Secret>("Secret web-redis");
  }
  get passwords(): Passwords {
    const found = passwordsIn(this.secret);
    if (!found) throw new Error("no passwords");
    return found;
  }
  /** What the kubelet shows to counters. */
  get shown() {
    const [user, password] = ["username", "password"].map((key) =>
      Buffer.from(this.secret.data?.[key] ?? "", "base64").toString("utf8"),
    ) as [string, string];
    return { user, password };
  }

  ask(value: string): void {
    this.patch("HitCounter web", { metadata: { annotations: { [ROTATE_PASSWORD]: value } } });
  }
  crash(): void {
    this.context.memories.forget({ namespace: "demo", name: "web" });
    this.redis = undefined;
  }
  /** Whether a counter gets in with what it has. */
  takes({ user, password }: { user: string; password: string }): boolean {
    const alone = { lineage: "", current: { user, password, operator: "", madeAt: "" } } as Passwords;
    const hash = redisUsers(alone).find(({ name }) => name === user)?.rules[1] ?? "none";
    return this.users.some(({ name, rules }) => name === user && rules.includes(hash));
  }

  /** Works until nothing changes any more; every counter gets in at any time, and some take up what is shown to them. */
  async rest(takeUp = true): Promise<void> {
    for (let turns = 0; turns < 60; turns += 1) {
      const before = JSON.stringify([
        this.users,
        this.secret.data,
        [...this.counters],
        this.hitCounter.status,
      ]);
      await this.turn();
      this.clock.advance(1_000);
      for (const [address, uses] of this.counters) {
        expect([address, this.takes(uses)]).toEqual([address, true]);
        // One a turn.
        if (takeUp && uses.password !== this.shown.password) {
          this.counters.set(address, this.shown);
          break;
        }
      }
      expect(this.takes(this.shown)).toBe(true);
      if (
        before === JSON.stringify([this.users, this.secret.data, [...this.counters], this.hitCounter.status])
      )
        return;
    }
    throw new Error("it does not come to rest");
  }

  #answer(target: RedisTarget): RedisAnswer | undefined {
    if (this.isAway) return { failure: "Redis could not be asked for its users: away" };
    const operators = this.users.find(({ name }) => name === "operator");
    const letsIn = target.logins.some((login) => {
      const alone = {
        lineage: "",
        current: { user: "counter-a", password: "", operator: login, madeAt: "" },
      } as Passwords;
      return operators?.rules.includes(
        redisUsers(alone).find(({ name }) => name === "operator")?.rules[1] ?? "",
      );
    });
    if (!letsIn) return { failure: "it does not let the operator in" };
    this.users = target.users;
    const connected: Record<string, string[]> = {};
    for (const [address, { user }] of this.counters) connected[user] = [...(connected[user] ?? []), address];
    return { has: digestOf(target.users), connected };
  }
}

describe("a rotation", () => {
  it("is asked for by the annotation, goes on by itself, and is told from its begin to its end", async () => {
    const cluster = await Rotating.serving();
    const { current } = cluster.passwords;
    const events: string[] = [];
    const { record } = cluster.context.events;
    cluster.context.events.record = (of, note) => {
      events.push(note.reason);
      record(of, note);
    };
    const template = () =>
      JSON.stringify([cluster.object("StatefulSet web-redis"), cluster.object("Deployment web-counter")]);
    const before = template();
    cluster.ask("2026-01-02");
    await cluster.rest();
    expect(cluster.passwords).toMatchObject({ answered: "2026-01-02", formerOperator: current.operator });
    expect(cluster.passwords.current.user).toBe("counter-b");
    expect(cluster.takes(current)).toBe(false);
    expect(template()).toBe(before);
    expect(cluster.told("PasswordRotated")).toMatch(/^True Rotated: The passwords in use are of 2026-01-02T/);
    expect(events.filter((reason) => reason.startsWith("Password"))).toEqual([
      "PasswordRotation",
      "PasswordRotated",
    ]);
    expect(cluster.hitCounter.status?.redis?.passwordMadeAt).toBe(cluster.passwords.current.madeAt);
    // The same value asks for nothing more, whoever reads it.
    cluster.crash();
    const { passwords } = cluster;
    await cluster.rest();
    expect(cluster.passwords).toEqual(passwords);
  });

  it("ends the same wherever the operator dies, before a write or after it", async () => {
    const endOf = (cluster: Rotating) => {
      const { current, answered, next, former } = cluster.passwords;
      return { user: current.user, answered, next, former, users: cluster.users.map(({ name }) => name) };
    };
    const undisturbed = await Rotating.serving();
    undisturbed.ask("2026-01-02");
    const first = undisturbed.passwords.current;
    await undisturbed.rest();
    const wanted = endOf(undisturbed);
    let [crashes, at] = [0, 0];
    for (let isPast = false; !isPast; at += 1) {
      for (const side of ["before", "after"] as const) {
        const cluster = await Rotating.serving();
        let writes = 0;
        cluster.refuse = () => {
          writes += 1;
          if (writes !== at + 1) return undefined;
          crashes += 1;
          if (side === "before") throw new ApiError(500, { reason: "Dies", message: "before the write" });
          queueMicrotask(() => cluster.crash());
          return undefined;
        };
        cluster.ask("2026-01-02");
        await cluster.turn();
        for (let turns = 0; turns < 3; turns += 1) {
          if (side === "before" && writes === at + 1) cluster.crash();
          await cluster.rest();
        }
        isPast = writes <= at;
        expect({ at, side, end: endOf(cluster) }).toEqual({ at, side, end: wanted });
        expect(cluster.takes(first)).toBe(false);
      }
    }
    expect(crashes).toBeGreaterThanOrEqual(12);
  });

  it("waits for a Redis that is away, and says so, and for one whose container has read an old file", async () => {
    const cluster = await Rotating.serving();
    const stale = cluster.users;
    cluster.isAway = true;
    cluster.ask("2026-01-02");
    await cluster.rest();
    expect(cluster.told("PasswordRotated")).toBe(
      "False Waiting: A rotation begins, as it was asked for. It waits. Redis could not be asked for its users: away.",
    );
    cluster.isAway = false;
    await cluster.rest();
    expect(cluster.passwords.current.user).toBe("counter-b");
    // The users of before, which no counter is any more: the operator gets in all the same, and puts them right.
    cluster.users = stale;
    await cluster.turn();
    expect(cluster.takes(cluster.shown)).toBe(true);
  });

  it("goes no step further while the Secret can't be written", async () => {
    const cluster = await Rotating.serving();
    cluster.ask("2026-01-02");
    await cluster.turn();
    expect(cluster.passwords.next).toBeDefined();
    cluster.refuse = (title) => (title === "Secret web-redis" ? refusal(403, "no") : undefined);
    for (let turns = 0; turns < 4; turns += 1) {
      await cluster.turn();
      cluster.clock.advance(FORMER_MS);
    }
    cluster.refuse = () => undefined;
    await cluster.rest(false);
    // Counters have not been shown the new one so far.
    expect(cluster.passwords.former).toBeDefined();
    await cluster.rest();
    expect(cluster.passwords.former).toBeUndefined();
  });

  it("does not begin while spec.paused is true", async () => {
    const cluster = await Rotating.serving({ paused: false });
    cluster.patch("HitCounter web", { spec: { paused: true } });
    cluster.ask("2026-01-02");
    const { passwords } = cluster;
    await cluster.rest();
    expect(cluster.passwords).toEqual(passwords);
    expect(cluster.told("PasswordRotated")).toMatch(/^False Waiting: .* It waits: spec.paused is true\./);
    cluster.patch("HitCounter web", { spec: { paused: false } });
    await cluster.rest();
    expect(cluster.passwords.current.user).toBe("counter-b");
  });

  it("begins when the passwords are as old as they may become, and not before", async () => {
    const cluster = await Rotating.serving({ redis: { auth: { rotateAfter: "720h" } } });
    const { current } = cluster.passwords;
    cluster.clock.advance(720 * 3_600_000 - 120_000);
    await cluster.rest();
    expect(cluster.passwords.current).toEqual(current);
    expect(cluster.told("PasswordRotated")).toMatch(/Others take their place on 2026-02-01T00:00:00/);
    cluster.clock.advance(120_000);
    await cluster.rest();
    expect(cluster.passwords.current).not.toEqual(current);
  });

  it("takes the password of a Secret that is named, and nothing that is unfit to be one", async () => {
    const cluster = await Rotating.serving({ redis: { auth: { secretName: "own" } } });
    const first = cluster.passwords;
    const unusable = [
      [
        { problem: { reason: "SecretNotFound" as const, message: "own is not there" } },
        /SecretNotFound: Own is not there\. Until/,
      ],
      [
        { content: { password: "too short" } },
        /SecretUnfit: Spec\.redis\.auth\.secretName names the Secret own, whose password can't/,
      ],
    ] as const;
    for (const [answer, words] of unusable) {
      cluster.namedPassword = answer;
      await cluster.rest();
      expect(cluster.told("PasswordRotated")).toMatch(words);
      expect(cluster.passwords).toEqual(first);
    }
    cluster.namedPassword = { content: { password: "a-password-of-ones-own\n" } };
    cluster.ask("2026-01-02");
    await cluster.rest();
    expect(cluster.passwords.current).toMatchObject({
      password: "a-password-of-ones-own",
      user: "counter-b",
    });
    expect(cluster.told("PasswordRotated")).toMatch(
      /rotate-password does nothing: change the Secret own instead/,
    );
    cluster.patch("HitCounter web", { spec: { redis: { auth: null } } });
    cluster.namedPassword = undefined;
    await cluster.rest();
    expect(cluster.passwords.current.password).not.toBe("a-password-of-ones-own");
    expect(cluster.passwords.current.secretName).toBeUndefined();
  });

  it("takes up the one password of an earlier operator, which counters that know no user go on with", async () => {
    const cluster = await Rotating.serving();
    const known = Buffer.from("of-an-earlier-operator").toString("base64");
    cluster.crash();
    cluster.put({ ...cluster.secret, data: { password: known } });
    await cluster.settle();
    expect(passwordIn(cluster.secret)).toBe("of-an-earlier-operator");
    const { current } = cluster.passwords;
    const rules = (of: string) => redisUsers(cluster.passwords).find(({ name }) => name === of)?.rules;
    expect(current).toMatchObject({ user: "counter-a", password: "of-an-earlier-operator" });
    expect(rules("default")).toEqual(rules("counter-a"));
  });
});
