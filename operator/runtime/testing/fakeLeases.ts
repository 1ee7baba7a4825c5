import { ApiError } from "../apiError.ts";
import type { KubeClient } from "../kubeClient.ts";
import type { Lease } from "../lease.ts";

/** One Lease in memory, as an API server keeps it. */
export interface FakeLeases {
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  lease: Lease | undefined;
  /** What each request does before it is done, such as to fail or to hang. */
  before: (verb: "get" | "create" | "replace", signal: AbortSignal | undefined) => Promise<void>;
  /** What was asked so far. */
  readonly verbs: string[];
}

export function fakeLeases(lease?: Lease): FakeLeases {
  let version = 1;
  const write = (object: Lease): Lease => {
    version += 1;
    fake.lease = { ...object, metadata: { ...object.metadata, resourceVersion: `${version}` } };
    return fake.lease;
  };
  const asked = async (verb: "get" | "create" | "replace", signal?: AbortSignal) => {
    fake.verbs.push(verb);
    await fake.before(verb, signal);
  };
  const client = {
    get: async (_kind: unknown, _key: unknown, options?: { signal?: AbortSignal }) => {
      await asked("get", options?.signal);
      return fake.lease;
    },
    create: async (_kind: unknown, object: Lease, options?: { signal?: AbortSignal }) => {
      await asked("create", options?.signal);
      if (fake.lease !== undefined) throw new ApiError(409, { reason: "AlreadyExists" });
      return write(object);
    },
    replace: async (_kind: unknown, object: Lease, options?: { signal?: AbortSignal }) => {
      await asked("replace", options?.signal);
      if (fake.lease === undefined) throw new ApiError(404, { reason: "NotFound" });
      const same = fake.lease.metadata?.resourceVersion === object.metadata?.resourceVersion;
      if (!same) throw new ApiError(409, { reason: "Conflict" });
      return write(object);
    },
  };
  const fake: FakeLeases = {
    client: client as FakeLeases["client"],
    lease: undefined,
    before: async () => {},
    verbs: [],
  };
  if (lease !== undefined) write(lease);
  return fake;
}
