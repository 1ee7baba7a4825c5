import { describe, expect, it } from "@jest/globals";
import { readSettings } from "./config.ts";
import { counterEnvironment } from "./contract.ts";

describe("readSettings", () => {
  it("needs no variable at all", () => {
    expect(readSettings({})).toEqual({
      port: 8080,
      redis: {
        host: "127.0.0.1",
        port: 6379,
        passwordFile: undefined,
        answerSeconds: 5,
        durability: "always",
      },
      believedCountFile: undefined,
      patienceSeconds: 15,
      maxWaiting: 10_000,
      maxPages: 0,
      visitorSaltFolder: undefined,
      message: "Holla! we have hit {hits} times",
      version: "dev",
      drain: { quietSeconds: 3, maxSeconds: 20 },
      keepAliveSeconds: 75,
    });
  });

  it("takes an empty variable for one that is not set", () => {
    const names = Object.values(counterEnvironment);
    expect(readSettings(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(readSettings({}));
  });

  it("takes every value from the environment", () => {
    expect(
      readSettings({
        PORT: "0",
        REDIS_HOST: "web-redis",
        REDIS_PORT: "6380",
        REDIS_PASSWORD_FILE: "/secret/password",
        REDIS_PATIENCE_SECONDS: "0.5",
        REDIS_ANSWER_SECONDS: "2",
        REDIS_DURABILITY: "everysec",
        BELIEVED_COUNT_FILE: "/secret/count",
        MAX_WAITING: "7",
        MAX_PAGES: "100",
        VISITOR_SALT_FOLDER: "/secret/salts",
        MESSAGE: "{hits}!",
        VERSION: "1.1.0",
        DRAIN_QUIET_SECONDS: "1.5",
        DRAIN_MAX_SECONDS: "9",
        KEEP_ALIVE_SECONDS: "80",
      }),
    ).toEqual({
      port: 0,
      redis: {
        host: "web-redis",
        port: 6380,
        passwordFile: "/secret/password",
        answerSeconds: 2,
        durability: "everysec",
      },
      believedCountFile: "/secret/count",
      patienceSeconds: 0.5,
      maxWaiting: 7,
      maxPages: 100,
      visitorSaltFolder: "/secret/salts",
      message: "{hits}!",
      version: "1.1.0",
      drain: { quietSeconds: 1.5, maxSeconds: 9 },
      keepAliveSeconds: 80,
    });
  });

  it.each([
    ["PORT", "http", 'PORT must be a whole number from 0 to 65535, not "http"'],
    ["PORT", "70000", 'PORT must be a whole number from 0 to 65535, not "70000"'],
    ["REDIS_PORT", "0", 'REDIS_PORT must be a whole number from 1 to 65535, not "0"'],
    [
      "REDIS_PATIENCE_SECONDS",
      "15s",
      'REDIS_PATIENCE_SECONDS must be a number of seconds from 0.05 to 300, not "15s"',
    ],
    ["REDIS_DURABILITY", "never", 'REDIS_DURABILITY must be always or everysec, not "never"'],
    ["MAX_WAITING", "-1", 'MAX_WAITING must be a whole number from 1 to 1000000, not "-1"'],
    ["VERSION", "1 0", 'VERSION must be a version such as 1.2.3, not "1 0"'],
  ])("refuses a bad %s and says what is expected", (name, value, sentence) => {
    expect(() => readSettings({ [name]: value })).toThrow(new Error(sentence));
  });

  it("takes three copies of Redis, by the names of their pods", () => {
    const copiesIn = (hosts: string) => readSettings({ REDIS_HOSTS: hosts, REDIS_PORT: "6380" }).redis.copies;
    const [a, b, c] = ["a", "b", "c"].map((pod) => ({ pod, host: `${pod}.redis.demo.svc`, port: 6380 }));
    expect(copiesIn("a.redis.demo.svc,b.redis.demo.svc, c.redis.demo.svc")).toEqual([a, b, c]);
    expect(copiesIn("a=127.0.0.1:1,b=[::1]:2,c=redis")).toEqual([
      { pod: "a", host: "127.0.0.1", port: 1 },
      { pod: "b", host: "::1", port: 2 },
      { pod: "c", host: "redis", port: 6380 },
    ]);
  });

  it.each([
    "a,b",
    "a,b,c,d",
    "a,b,",
    "a,b,b",
    "a,b,b,c",
    "a.x,b.x,a.y",
    "a,b,c:0",
    "a,b,c:65536",
    "a,b,c d",
    "a,b,=c",
  ])("takes %j for no three copies", (hosts) => {
    const expected = "three of [POD=]HOST[:PORT] by commas, each of another pod";
    expect(() => readSettings({ REDIS_HOSTS: hosts })).toThrow(
      new Error(`REDIS_HOSTS must be ${expected}, not ${JSON.stringify(hosts)}`),
    );
  });

  it("lets three copies lose nothing", () => {
    expect(() => readSettings({ REDIS_HOSTS: "a,b,c", REDIS_DURABILITY: "everysec" })).toThrow(
      new Error("REDIS_DURABILITY must be always where there is REDIS_HOSTS"),
    );
  });

  it("names every bad variable at once", () => {
    expect(() => readSettings({ PORT: "x", MAX_WAITING: "y" })).toThrow(/^PORT .*\nMAX_WAITING /);
  });
});
