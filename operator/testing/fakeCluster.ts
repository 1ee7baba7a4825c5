import type { V1Pod } from "@kubernetes/client-node";
import type { HitCounter } from "../api/hitCounter.ts";
import { type ChildKind, type ChildTypes, childKinds } from "../kinds.ts";
import type { Cache, Context } from "../reconcile/context.ts";
import { Memories } from "../reconcile/memory.ts";
import { reconcile } from "../reconcile/reconcile.ts";
import { Tries } from "../reconcile/tries.ts";
import {
  ApiError,
  type EventNote,
  type KubeClient,
  type KubeObject,
  type Outcome,
  type ResourceKind,
} from "../runtime/index.ts";
import { manualClock } from "../runtime/testing/manualClock.ts";
import { memoryLog } from "../runtime/testing/things.ts";
import { FakeAnswers } from "./fakeAnswers.ts";
import { numbered, readyPod } from "./fixtures.ts";
import { type Fields, merged, without } from "./merging.ts";

/** A write as a test reads it: `apply Service web-proxy`. */
export type Write = `${"apply" | "replace" | "delete" | "status"} ${string}`;

const titleOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata?.name}`;
/** As much of a cluster as a reconcile sees, in memory: caches that are never late, and an API server that merges. */
export class FakeCluster extends FakeAnswers {
  readonly clock = manualClock();
  readonly writes: Write[] = [];
  readonly gets: string[] = [];
  readonly events: string[] = [];
  readonly pods: V1Pod[] = [];
  /** What the API server refuses, by title; asked before each write of a child. */
  refuse: (title: string) => ApiError | undefined = () => undefined;
  /** Kinds that the cluster does not know. */
  readonly unknownKinds = new Set<string>();
  /** What admission makes of an object that is written. */
  admit: (object: KubeObject) => KubeObject = (object) => object;
  newPassword = numbered("correct-horse-battery-staple");
  /** How many salts were made. */
  salts = 0;
  readonly #objects = new Map<string, KubeObject>();
  readonly #applied = new Map<string, KubeObject>();
  #version = 100;
  readonly context: Context;

  constructor(hitCounter: HitCounter) {
    super();
    this.put(hitCounter as KubeObject);
    const children = Object.fromEntries(
      Object.values(childKinds).map(({ kind }) => [kind, this.#cache(kind)]),
    ) as { [K in ChildKind]: Cache<ChildTypes[K]> };
    this.context = {
      client: this.#client(),
      hitCounters: this.#cache("HitCounter") as Cache<HitCounter>,
      children,
      pods: { get: () => undefined, list: () => this.pods, byIndex: () => this.pods },
      volumeClaims: this.#cache("PersistentVolumeClaim") as Context["volumeClaims"],
      ...this.answers(),
      memories: new Memories(() => new Tries(this.clock, () => 0.999)),
      defaultImages: {
        counter: "example.com/counter",
        redis: "example.com/redis:8",
        proxy: "example.com/nginx:1",
        exporter: "example.com/redis-exporter:1",
        "exporter-nginx": "example.com/nginx-exporter:1",
      },
      operatorNamespace: "hitcounter-system",
      events: { record: (_of, { reason, note }: EventNote) => this.events.push(`${reason}: ${note}`) },
      now: () => new Date(Date.UTC(2026, 0, 2) + this.clock.now()),
      newPassword: () => this.newPassword(),
      newSalt: () => {
        this.salts += 1;
        return Buffer.alloc(32, this.salts).toString("base64");
      },
    };
  }

  /** The HitCounter as it is now. */
  get hitCounter(): HitCounter {
    return this.object("HitCounter web") as HitCounter;
  }

  /** An object as it is now; throws where there is none. */
  object<T extends KubeObject = KubeObject>(title: string): T {
    const object = this.find<T>(title);
    if (!object) throw new Error(`there is no ${title}`);
    return object;
  }

  find<T extends KubeObject = KubeObject>(title: string): T | undefined {
    return this.#objects.get(title) as T | undefined;
  }

  get titles(): string[] {
    return [...this.#objects.keys()].filter((title) => !title.startsWith("HitCounter "));
  }

  /** Makes or changes an object, as anybody might; a change of what is not its status is another generation. */
  put<T extends KubeObject>(object: T, more: { status?: boolean } = {}): T {
    this.#version += 1;
    const before = this.find(titleOf(object));
    const generation = (before?.metadata?.generation ?? 0) + (more.status ? 0 : 1);
    const uid = object.metadata?.uid ?? before?.metadata?.uid ?? `uid-${this.#version}`;
    const metadata = { ...object.metadata, uid, generation, resourceVersion: `${this.#version}` };
    const stored = { ...object, metadata };
    this.#objects.set(titleOf(object), stored);
    return stored;
  }

  /** Changes an object in place: fields are merged. */
  patch(title: string, change: object, more?: { status?: boolean }): void {
    this.put(merged(this.object(title), change) as KubeObject, more);
  }

  remove(title: string): void {
    this.#objects.delete(title);
  }

  /** Reconciles the HitCounter once; what it throws is the error. */
  async turn(): Promise<Outcome & { error?: unknown }> {
    this.writes.length = 0;
    this.gets.length = 0;
    this.events.length = 0;
    const run = { signal: new AbortController().signal, log: memoryLog().log };
    return await reconcile(this.context, { namespace: "demo", name: "web" }, run).catch((error: unknown) => ({
      error,
    }));
  }

  /** Reconciles until nothing is written any more. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 10; turns += 1) {
      await this.turn();
      if (this.writes.length === 0) return;
    }
    throw new Error(`it goes on writing: ${this.writes.join(", ")}`);
  }

  /** Makes every workload run, with as many pods as it wants, as long ago as the clock says. */
  run(): void {
    this.pods.length = 0;
    for (const title of ["StatefulSet web-redis", "Deployment web-counter", "Deployment web-proxy"]) {
      const workload = this.object<KubeObject & { spec: Fields }>(title);
      const replicas = (workload.spec.replicas as number | undefined) ?? 1;
      const template = workload.spec.template as { metadata: { labels: Record<string, string> } };
      const status = {
        observedGeneration: workload.metadata?.generation,
        replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
        readyReplicas: replicas,
      };
      this.put({ ...workload, status } as KubeObject, { status: true });
      for (let index = 0; index < replicas; index += 1) {
        const name = `${workload.metadata?.name}-${index}`;
        this.pods.push(readyPod(name, template.metadata.labels, this.context.now()));
      }
    }
  }

  /** The proxy answers, for as long as is asked, with this count. */
  count(hits: number): void {
    this.answer = { value: { hits }, steady: true, occasion: this.asked?.occasion };
  }

  /** A condition of the HitCounter as `reason: message`, with its status before it. */
  told(type: string): string {
    const condition = this.hitCounter.status?.conditions?.find((each) => each.type === type);
    return condition ? `${condition.status} ${condition.reason}: ${condition.message}` : "none";
  }

  #cache(kind: string): Cache<KubeObject> {
    const all = () => [...this.#objects.values()].filter((object) => object.kind === kind);
    const { unknownKinds } = this;
    return {
      get isKnown() {
        return !unknownKinds.has(kind);
      },
      get: ({ name }) => this.#objects.get(`${kind} ${name}`),
      list: all,
      byIndex: (uid) =>
        all().filter(({ metadata }) =>
          metadata?.ownerReferences?.some((owner) => owner.controller && owner.uid === uid),
        ),
      record: (object) => object,
    };
  }

  #client(): KubeClient {
    const unexpected = () => Promise.reject(new Error("the fake has no such call"));
    return {
      get: async <T extends KubeObject>({ kind }: ResourceKind<T>, { name }: { name: string }) => {
        this.gets.push(`${kind} ${name}`);
        return this.find<T>(`${kind} ${name}`);
      },
      list: unexpected,
      watch: () => {
        throw new Error("the fake has no watches");
      },
      create: unexpected,
      raw: unexpected,
      patch: unexpected,
      close: () => Promise.resolve(),
      apply: async (_kind, object, { fieldManager }) => this.#write("apply", object, fieldManager),
      replace: async (_kind, object) => this.#write("replace", object),
      patchStatus: async <T extends KubeObject>(
        { kind }: ResourceKind<T>,
        { name, resourceVersion }: { name: string; resourceVersion?: string | undefined },
        status: object,
      ) => {
        const title = `${kind} ${name}`;
        this.writes.push(`status ${title}`);
        const refusal = this.refuse(title);
        if (refusal) throw refusal;
        const live = this.object<T>(title);
        if (resourceVersion !== undefined && resourceVersion !== live.metadata?.resourceVersion) {
          throw conflict("the object has been modified");
        }
        return this.put({ ...live, status }, { status: true });
      },
      delete: async ({ kind }, { name }, { preconditions } = {}) => {
        const title = `${kind} ${name}`;
        this.writes.push(`delete ${title}`);
        const refusal = this.refuse(title);
        if (refusal) throw refusal;
        const pod = this.pods.findIndex((each) => kind === "Pod" && each.metadata?.name === name);
        const live = this.pods[pod] ?? this.find(title);
        if (preconditions?.uid !== live?.metadata?.uid) throw conflict("uid mismatch");
        if (pod < 0) this.remove(title);
        else this.pods.splice(pod, 1);
      },
    };
  }

  #write<T extends KubeObject>(how: "apply" | "replace", object: T, manager = ""): T {
    const title = titleOf(object);
    this.writes.push(`${how} ${title}`);
    const refusal = this.refuse(title);
    if (refusal) throw refusal;
    const live = this.find<T>(title);
    const { uid, resourceVersion } = object.metadata ?? {};
    if (uid !== undefined && uid !== live?.metadata?.uid) throw conflict("uid mismatch");
    if (resourceVersion !== undefined && resourceVersion !== (live?.metadata?.resourceVersion ?? "1")) {
      throw conflict("the object has been modified");
    }
    const { resourceVersion: _, ...metadata } = object.metadata ?? {};
    const kept = without(live, this.#applied.get(`${manager} ${title}`), object);
    this.#applied.set(`${manager} ${title}`, object);
    const made = this.admit(how === "apply" ? (merged(kept, { ...object, metadata }) as T) : object) as T;
    const same = live && JSON.stringify(made) === JSON.stringify(live);
    return same ? live : this.put(this.#withAddress(made));
  }

  /** A Service has an address once it is made: another one each time, where none is asked for. */
  #withAddress<T extends KubeObject>(object: T): T {
    if (object.kind !== "Service") return object;
    const { spec } = object as T & { spec: Fields };
    return { ...object, spec: { clusterIP: `10.96.0.${this.#version}`, ipFamilies: ["IPv4"], ...spec } };
  }
}

const conflict = (message: string) => new ApiError(409, { reason: "Conflict", message });

/** What the API server says when something keeps an object from being made. */
export const refusal = (statusCode: number, message: string) =>
  new ApiError(statusCode, { reason: "Forbidden", message });
