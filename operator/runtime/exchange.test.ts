import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { KubeClient } from "./kubeClient.ts";
import { FakeApiServer } from "./testing/fakeApiServer.ts";
import { clientFor, thing, things } from "./testing/things.ts";
import { until } from "./testing/until.ts";

let server: FakeApiServer;
let client: KubeClient;

beforeEach(async () => {
  server = await FakeApiServer.start();
  client = clientFor(server.url);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

describe("a request", () => {
  it("is sent when nothing speaks against it", async () => {
    let asked = 0;
    const beforeSend = () => {
      asked += 1;
    };
    const created = await client.create(things, thing("a"), { beforeSend });
    expect(created.metadata?.name).toBe("a");
    expect(asked).toBe(1);
    expect(server.requests[0]).toMatchObject({ method: "POST" });
  });

  it("fails without reaching the server when something does", async () => {
    const beforeSend = () => {
      throw new Error("no longer");
    };
    await expect(client.create(things, thing("a"), { beforeSend })).rejects.toMatchObject({
      cause: { message: "no longer" },
    });
    expect(server.requests).toEqual([]);
  });

  it("is asked only when a connection is free for it", async () => {
    server.fault = () => "hang";
    const giveUp = new AbortController();
    const busy = Array.from({ length: 10 }, () =>
      client.create(things, thing("a"), { signal: giveUp.signal }).catch(() => {}),
    );
    let open = true;
    const waiting = client.create(things, thing("late"), {
      beforeSend: () => {
        if (!open) throw new Error("no longer");
      },
    });
    open = false;
    giveUp.abort();
    await expect(waiting).rejects.toMatchObject({ cause: { message: "no longer" } });
    await Promise.all(busy);
    expect(server.requests.filter(({ body }) => body.includes("late"))).toEqual([]);
  });

  it("is given up at once, whether it is under way or still waits for a connection", async () => {
    server.fault = () => "hang";
    const giveUp = new AbortController();
    const asked = Array.from({ length: 11 }, (_, index) =>
      client.create(things, thing(`number-${index}`), { signal: giveUp.signal }),
    );
    await until("ten are under way", () => server.requests.length === 10);
    giveUp.abort(new Error("enough"));
    const ended = await Promise.allSettled(asked);
    expect(ended.map((each) => each.status === "rejected" && each.reason.cause.message)).toEqual(
      Array.from({ length: 11 }, () => "enough"),
    );
    server.fault = () => undefined;
    await client.create(things, thing("next"));
    expect(server.requests).toHaveLength(11);
  });
});
