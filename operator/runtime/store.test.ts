import { describe, expect, it } from "@jest/globals";
import { ObjectStore } from "./store.ts";
import { type Thing, thing } from "./testing/things.ts";

const at = (name: string, resourceVersion: string, size = 1) => thing(name, size, { resourceVersion });
const a = { namespace: "demo", name: "a" };

function storeWith(...objects: Thing[]) {
  const store = new ObjectStore<Thing>();
  store.replace(objects, "100");
  return store;
}

describe("a store", () => {
  it("tells what a new list changes", () => {
    const store = storeWith(at("a", "90"), at("b", "91"), at("c", "92"));
    const changes = store.replace([at("a", "90"), at("b", "191"), at("d", "192")], "200");
    expect(changes.map(({ type, object }) => `${type} ${object.metadata?.name}`)).toEqual([
      "resync a",
      "modified b",
      "added d",
      "deleted c",
    ]);
    expect(store.position).toBe("200");
  });

  it("keeps what it has where a new list has just the same", () => {
    const store = storeWith(at("a", "90"));
    const before = store.get(a);
    const [change] = store.replace([at("a", "90")], "200");
    expect(change?.object).toBe(before);
    expect(store.get(a)).toBe(before);
  });

  it("tells what was there before", () => {
    const store = storeWith(at("a", "90", 1));
    expect(store.update(at("a", "101", 2))?.previous?.spec?.size).toBe(1);
    expect(store.delete(at("a", "102", 3))).toMatchObject({
      type: "deleted",
      object: { spec: { size: 3 } },
      previous: { spec: { size: 2 } },
    });
    expect(store.list()).toEqual([]);
  });

  it("keeps namespaces apart", () => {
    const store = storeWith(at("a", "90"), thing("a", 2, { namespace: "other", resourceVersion: "91" }));
    expect(store.list()).toHaveLength(2);
    expect(store.get({ namespace: "other", name: "a" })?.spec?.size).toBe(2);
  });

  it("prefers a write's answer to the older states that the watch still has to tell", () => {
    const store = storeWith(at("a", "90", 1));
    store.record(at("a", "1000", 3));
    store.update(at("a", "999", 2));
    expect(store.get(a)?.spec?.size).toBe(3);
  });

  it("tells nothing of a write that the watch only repeats, but of what another wrote before it", () => {
    const store = storeWith(at("a", "90", 1));
    store.record(at("a", "1000", 3));
    expect(store.update(at("a", "1000", 3))).toBeUndefined();
    store.record(at("a", "1002", 4));
    expect(store.update(at("a", "1001", 5))).toEqual({ type: "modified", object: store.get(a) });
    expect(store.get(a)?.spec?.size).toBe(4);
  });

  it("ignores a write's answer that the watch has overtaken", () => {
    const store = storeWith();
    store.update(at("a", "101"));
    store.delete(at("a", "103"));
    store.record(at("a", "102"));
    expect(store.get(a)).toBeUndefined();
  });

  it("answers with what it has where the watch has told of a write before its answer came", () => {
    const store = storeWith();
    store.update(at("a", "101", 2));
    const told = store.get(a);
    expect(store.record(at("a", "101", 2))).toBe(told);
    expect(store.get(a)).toBe(told);
  });

  it("keeps an object that was made again when the watch tells of its former end", () => {
    const store = storeWith(at("a", "90"));
    store.record(at("a", "102"));
    expect(store.delete(at("a", "101"))).toBeUndefined();
    expect(store.get(a)?.metadata?.resourceVersion).toBe("102");
  });

  it("keeps a write's answer that is newer than a list without it", () => {
    const store = storeWith();
    store.record(at("a", "202"));
    expect(store.replace([], "201")).toEqual([]);
    expect(store.get(a)).toBeDefined();
    store.replace([], "203");
    expect(store.get(a)).toBeUndefined();
  });

  it.each([
    ["a list", (store: ObjectStore<Thing>, object: Thing) => store.replace([object], "100")],
    ["a watch", (store: ObjectStore<Thing>, object: Thing) => store.update(object)],
    ["a write's answer", (store: ObjectStore<Thing>, object: Thing) => store.record(object)],
  ])("hands out what %s told so that nothing in it can be changed", (_, tell) => {
    const store = new ObjectStore<Thing>();
    const ownerReferences = [{ apiVersion: "v1", kind: "Thing", name: "owner", uid: "1" }];
    tell(store, thing("a", 1, { resourceVersion: "90", labels: {}, ownerReferences }));
    const metadata = store.get(a)?.metadata ?? {};
    expect(() => Object.assign(metadata.labels ?? {}, { more: "labels" })).toThrow(TypeError);
    expect(() => metadata.ownerReferences?.pop()).toThrow(TypeError);
    expect(() => Object.assign(metadata.ownerReferences?.[0] ?? {}, { uid: "2" })).toThrow(TypeError);
    store.list().pop();
    expect(store.list()).toHaveLength(1);
  });

  it("finds objects by an index, wherever they go in it", () => {
    const store = new ObjectStore<Thing>(({ spec }) => (spec?.size ? `size ${spec.size}` : undefined));
    store.replace([at("a", "90", 1), at("b", "91", 2), at("c", "92", 2), at("d", "93", 0)], "100");
    const found = (size: number) => store.byIndex(`size ${size}`).map(({ metadata }) => metadata?.name);
    expect([found(0), found(1), found(2), found(3)]).toEqual([[], ["a"], ["b", "c"], []]);
    store.update(at("b", "101", 3));
    store.record(at("a", "102", 3));
    store.delete(at("c", "103", 2));
    expect([found(1), found(2), found(3)]).toEqual([[], [], ["b", "a"]]);
    store.replace([], "200");
    expect(found(3)).toEqual([]);
  });

  it("lets go of everything when the kind is gone, and tells so", () => {
    const store = new ObjectStore<Thing>(({ spec }) => `${spec?.size}`);
    store.replace([at("a", "90")], "100");
    store.record(at("b", "101")); // even what is newer than the list
    expect(store.clear()).toMatchObject([
      { type: "deleted", object: at("a", "90"), previous: at("a", "90") },
      { type: "deleted", object: at("b", "101") },
    ]);
    expect(store.list()).toEqual([]);
    expect(store.byIndex("1")).toEqual([]);
  });

  it("goes as far as bookmarks say", () => {
    const store = storeWith();
    store.advance({ metadata: { resourceVersion: "500" } });
    expect(store.position).toBe("500");
  });
});
