import { describe, expect, it } from "@jest/globals";
import { fieldsOf, followersIn, isRewriting, linkIn } from "./info.ts";

const info = (...lines: string[]) => fieldsOf(`# Replication\r\n${lines.join("\r\n")}\r\n`);

describe("what INFO says", () => {
  it("is nobody's replica of a node that takes writes", () => {
    expect(linkIn(info("role:master", "connected_slaves:0"))).toBeUndefined();
  });

  it.each([
    ["up", "0", "1", { up: true, heardSecondsAgo: 1 }],
    ["down", "0", "-1", { up: false, heardSecondsAgo: undefined }],
    ["up", "1", "0", { up: false, heardSecondsAgo: undefined }],
  ])("of a link that is %s, with synchronising %s", (status, syncing, heard, expected) => {
    const fields = info(
      "role:slave",
      "master_host:fd00::3",
      "master_port:6379",
      `master_link_status:${status}`,
      `master_last_io_seconds_ago:${heard}`,
      `master_sync_in_progress:${syncing}`,
    );
    expect(linkIn(fields)).toEqual({ primary: "[fd00::3]:6379", ...expected });
  });

  it("names every follower, those that are still synchronised too", () => {
    const fields = info(
      "role:master",
      "connected_slaves:2",
      "slave0:ip=10.0.0.2,port=6379,state=online,offset=14,lag=1",
      "slave1:ip=10.0.0.3,port=6379,state=wait_bgsave,offset=0,lag=0,type=main-channel",
    );
    expect(followersIn(fields)).toEqual([
      { address: "10.0.0.2:6379", online: true, lagSeconds: 1 },
      { address: "10.0.0.3:6379", online: false, lagSeconds: 0 },
    ]);
  });

  it.each([
    ["0", "0", false],
    ["1", "0", true],
    ["0", "1", true],
  ])("is a rewrite where it goes on (%s) or is due (%s)", (inProgress, scheduled, expected) => {
    const fields = info(`aof_rewrite_in_progress:${inProgress}`, `aof_rewrite_scheduled:${scheduled}`);
    expect(isRewriting(fields)).toBe(expected);
  });

  it("is a rewrite where nothing is said of it, as what is unknown is not on disk", () => {
    expect(isRewriting(info("role:slave"))).toBe(true);
  });
});
