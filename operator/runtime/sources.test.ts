import { describe, expect, it } from "@jest/globals";
import { keyString } from "./key.ts";
import type { OwnerReference } from "./objects.ts";
import { allWhenKnown, mapped, ownerOf, type Source } from "./sources.ts";
import { type Thing, thing, things } from "./testing/things.ts";
import type { ChangeListener } from "./watcher.ts";

/** A stand-in for a watcher, and the way to make it tell of a change. */
function watched() {
  const listeners: ChangeListener<Thing>[] = [];
  const watcher = {
    synced: Promise.resolve(),
    onChange: (listener: ChangeListener<Thing>) => listeners.push(listener),
  };
  const tell = (object: Thing, previous?: Thing) => {
    for (const listener of listeners) {
      listener(object, "modified", previous);
    }
  };
  return { watcher, tell };
}

function keysOf(source: Source): string[] {
  const keys: string[] = [];
  source.onKey((key) => keys.push(keyString(key)));
  return keys;
}

const owner = (name: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: "example.dev/v1",
  kind: "Thing",
  name,
  uid: `uid-${name}`,
  controller: true,
  ...more,
});
const ownedBy = (...ownerReferences: OwnerReference[]) => thing("child", 1, { ownerReferences });

describe("a source", () => {
  it.each([
    ["the controller owner", ownedBy(owner("a")), ["demo/a"]],
    [
      "the controller owner by another version of its API",
      ownedBy(owner("a", { apiVersion: "example.dev/v2" })),
      ["demo/a"],
    ],
    ["no owner that is not the controller", ownedBy(owner("a", { controller: false })), []],
    ["no owner of another kind", ownedBy(owner("a", { kind: "Deployment" })), []],
    ["no owner of another group", ownedBy(owner("a", { apiVersion: "apps/v1" })), []],
    ["nothing when there is no owner", thing("child"), []],
  ])("of owners names %s", (_what, object, expected) => {
    const { watcher, tell } = watched();
    const keys = keysOf(ownerOf(watcher, things));
    tell(object);
    expect(keys).toEqual(expected);
  });

  it("of owners names the former owner too when the reference was taken away", () => {
    const { watcher, tell } = watched();
    const keys = keysOf(ownerOf(watcher, things));
    tell(thing("child"), ownedBy(owner("a")));
    expect(keys).toEqual(["demo/a"]);
  });

  it("names whatever a function makes of an object", () => {
    const { watcher, tell } = watched();
    const keys = keysOf(mapped(watcher, ({ spec }) => [{ namespace: "", name: `size-${spec?.size}` }]));
    tell(thing("a", 3));
    expect(keys).toEqual(["size-3"]);
  });

  it("names every object once the cluster knows another kind, or ceases to", () => {
    const { watcher } = watched();
    let tell = () => {};
    const other = {
      onKnown: (listener: () => void) => {
        tell = listener;
      },
    };
    const keys = keysOf(allWhenKnown({ ...watcher, list: () => [thing("a"), thing("b")] }, other));
    expect(keys).toEqual([]);
    tell();
    expect(keys).toEqual(["demo/a", "demo/b"]);
  });
});
