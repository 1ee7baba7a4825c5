import type { Key } from "./key.ts";
import type { KubeList, KubeObject, ResourceKind, WatchEvent } from "./objects.ts";
import type { HttpMethod, Query, RawResponse } from "./transport.ts";

/** Every request can be given up early; without a signal it is still bounded in time. */
export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Called at the last moment before the request is sent, each time it is; what it throws fails the request instead. */
  readonly beforeSend?: () => void;
  /** After so long the server gives the request up. Default: the server's own, a minute at most. */
  readonly timeoutSeconds?: number;
}

export interface ListOptions extends RequestOptions {
  /** Default: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Such as `involvedObject.uid=…`; which fields there are depends on the kind. */
  readonly fieldSelector?: string | undefined;
  readonly limit?: number;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
}

export interface WatchOptions {
  /** Default: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Changes after this version are told. */
  readonly resourceVersion: string;
  /** The server ends the watch after so many seconds; a watch that is silent for a grace longer has stalled and fails. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface ApplyOptions extends RequestOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers instead of failing with 409. Default: true. */
  readonly force?: boolean;
  /** Ask what would happen without it happening. Default: false. */
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends RequestOptions {
  /** Fail with 409 when the object is not this one. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

export interface RawOptions extends RequestOptions {
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * A Kubernetes API server. Objects are plain JSON. What the server refuses is thrown as ApiError, what never reached
 * it as an Error naming the request; both are safe to try again, as every write here is idempotent but `create`.
 */
export interface KubeClient {
  /** The object, or undefined when there is none. */
  get<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: Key,
    options?: RequestOptions,
  ): Promise<T | undefined>;
  /** One page of at most `limit` objects, or all of them. */
  list<T extends KubeObject>(kind: ResourceKind<T>, options: ListOptions): Promise<KubeList<T>>;
  /** Changes as they happen, until the server ends the watch; throws when it breaks, stalls or is refused (410: list anew). */
  watch<T extends KubeObject>(kind: ResourceKind<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** Server-side apply: makes the object so, creating it if need be; a field applied earlier and now left out is removed. */
  apply<T extends KubeObject>(kind: ResourceKind<T>, object: T, options: ApplyOptions): Promise<T>;
  /**
   * Server-side apply of the whole status: what this manager set earlier and now leaves out is removed. With a
   * resourceVersion, of the object as it then was: fails with 409 where it was changed since, or another has taken its
   * name. (A uid would not do: the API server overlooks it here.)
   */
  patchStatus<T extends KubeObject>(
    kind: ResourceKind<T>,
    key: Key & { readonly resourceVersion?: string | undefined },
    status: object,
    options: ApplyOptions,
  ): Promise<T>;
  /** Fails with 409 when the object is there already. */
  create<T extends KubeObject>(kind: ResourceKind<T>, object: T, options?: RequestOptions): Promise<T>;
  /** Makes the object so, all of it. Fails with 409 when it was changed since its `metadata.resourceVersion`. */
  replace<T extends KubeObject>(kind: ResourceKind<T>, object: T, options?: RequestOptions): Promise<T>;
  /** Deletes the object; one that is already gone is fine. */
  delete(kind: ResourceKind, key: Key, options?: DeleteOptions): Promise<void>;
  /** Any request; the answer comes back whatever its status. For a service proxy, a subresource and such. */
  raw(method: HttpMethod, path: string, options?: RawOptions): Promise<RawResponse>;
  /** Ends every request and closes the connections. */
  close(): Promise<void>;
}
