import { ApiError, isApiError } from "./apiError.ts";
import type { ExchangeOptions } from "./exchange.ts";
import { type Key, keyOf } from "./key.ts";
import {
  collectionPath,
  type KubeList,
  type KubeObject,
  objectPath,
  type ResourceKind,
  type WatchEvent,
} from "./objects.ts";
import type { HttpMethod, Transport, TransportRequest } from "./transport.ts";

/** Which objects of a kind. */
export interface Selection {
  /** Default: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
}

export interface ListOptions extends Selection, ExchangeOptions {
  /** Such as `involvedObject.uid=…`; which fields there are depends on the kind. */
  readonly fieldSelector?: string | undefined;
  readonly limit?: number;
  readonly continue?: string | undefined;
}

export interface WatchOptions extends Selection {
  /** Changes after this version are told. */
  readonly resourceVersion: string;
  /** The server ends the watch after so many seconds; a watch that is silent for a grace longer has stalled and fails. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface ApplyOptions extends ExchangeOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers instead of failing with 409. Default: true. */
  readonly force?: boolean;
  /** Ask what would happen without it happening. Default: false. */
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends ExchangeOptions {
  /** Fail with 409 when the object is not this one. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

/** Beyond its own end, a watch may be silent for so long before it counts as stalled. */
const STALL_GRACE_MS = 5000;

/**
 * A Kubernetes API server. Objects are plain JSON. What the server refuses is thrown as ApiError, what never reached
 * it as an Error naming the request; both are safe to try again, as every write here is idempotent but `create`. Every
 * request can be given up early; without a signal it is still bounded in time.
 */
export type KubeClient = ReturnType<typeof createKubeClient>;

/** Speaks the Kubernetes API over a transport; `connect` is how a program gets one. */
export function createKubeClient(transport: Transport) {
  /** Sends a request that must succeed, and reads the object in the answer. */
  const send = async <T>(method: HttpMethod, path: string, request: TransportRequest): Promise<T> => {
    const { status, headers, body } = await transport.request(method, path, request);
    if (status >= 300) throw ApiError.of(status, body, headers["retry-after"]);
    return JSON.parse(body) as T;
  };

  const apply = <T>(path: string, object: object, options: ApplyOptions): Promise<T> => {
    const { fieldManager, force = true, dryRun, signal, beforeSend } = options;
    const query = { fieldManager, force, dryRun: dryRun ? "All" : undefined };
    // The only name the API server knows server-side apply by.
    const headers = { "content-type": "application/apply-patch+yaml" };
    return send("PATCH", path, { query, headers, body: yamlOf(object), signal, beforeSend });
  };

  return {
    /** The object, or undefined when there is none. */
    get: <T extends KubeObject>(kind: ResourceKind<T>, key: Key, options: ExchangeOptions = {}) =>
      send<T>("GET", objectPath(kind, key), options).catch(nothingOn404),

    /** One page of at most `limit` objects, or all of them. */
    list: async <T extends KubeObject>(kind: ResourceKind<T>, options: ListOptions) => {
      const { namespace, signal, beforeSend, ...query } = options;
      const path = collectionPath(kind, namespace);
      const list = await send<KubeList<T>>("GET", path, { query, signal, beforeSend });
      // The items of a built-in kind's list lack what the list itself says once.
      const { apiVersion, kind: name } = kind;
      return { ...list, items: list.items.map((item) => ({ ...item, apiVersion, kind: name })) };
    },

    /** Changes as they happen, until the server ends the watch; throws when it breaks, stalls or is refused (410: list anew). */
    async *watch<T extends KubeObject>(
      kind: ResourceKind<T>,
      { signal, namespace, ...query }: WatchOptions,
    ): AsyncIterable<WatchEvent<T>> {
      const lines = transport.lines(collectionPath(kind, namespace), {
        query: { ...query, watch: true, allowWatchBookmarks: true },
        silenceMs: query.timeoutSeconds * 1000 + STALL_GRACE_MS,
        signal,
      });
      for await (const line of lines) {
        yield watchEvent<T>(line);
      }
    },

    /** Server-side apply: makes the object so, creating it if need be; a field applied earlier and now left out is removed. */
    apply: <T extends KubeObject>(kind: ResourceKind<T>, object: T, options: ApplyOptions) =>
      apply<T>(objectPath(kind, keyOf(object)), object, options),

    /** Changes an object by these operations (RFC 6902), all of them or none. */
    patch: <T extends KubeObject>(
      kind: ResourceKind<T>,
      key: Key,
      operations: readonly object[],
      { fieldManager, signal, beforeSend }: Omit<ApplyOptions, "force" | "dryRun">,
    ) => {
      const headers = { "content-type": "application/json-patch+json" };
      const body = JSON.stringify(operations);
      const query = { fieldManager };
      return send<T>("PATCH", objectPath(kind, key), { query, headers, body, signal, beforeSend });
    },

    /**
     * Server-side apply of the whole status: what this manager set earlier and now leaves out is removed. With a
     * resourceVersion, of the object as it then was: fails with 409 where it was changed since, or another has taken
     * its name. (A uid would not do: the API server overlooks it here.)
     */
    patchStatus: <T extends KubeObject>(
      kind: ResourceKind<T>,
      key: Key & { readonly resourceVersion?: string | undefined },
      status: object,
      options: ApplyOptions,
    ) => {
      const { apiVersion, kind: name } = kind;
      const { namespace, ...named } = key;
      const object = { apiVersion, kind: name, metadata: kind.namespaced ? key : named, status };
      return apply<T>(`${objectPath(kind, key)}/status`, object, options);
    },

    /** Fails with 409 when the object is there already. */
    create: <T extends KubeObject>(kind: ResourceKind<T>, object: T, options: ExchangeOptions = {}) =>
      send<T>("POST", collectionPath(kind, object.metadata?.namespace), { ...options, ...asJson(object) }),

    /** Makes the object so, all of it. Fails with 409 when it was changed since its `metadata.resourceVersion`. */
    replace: <T extends KubeObject>(kind: ResourceKind<T>, object: T, options: ExchangeOptions = {}) =>
      send<T>("PUT", objectPath(kind, keyOf(object)), { ...options, ...asJson(object) }),

    /** Deletes the object; one that is already gone is fine. */
    delete: async (kind: ResourceKind, key: Key, options: DeleteOptions = {}): Promise<void> => {
      const { signal, beforeSend, ...body } = options;
      const request = { signal, beforeSend, ...asJson(body) };
      await send("DELETE", objectPath(kind, key), request).catch(nothingOn404);
    },

    /** Any request; the answer comes back whatever its status. For a service proxy, a subresource and such. */
    raw: transport.request,
    /** Ends every request and closes the connections. */
    close: transport.close,
  };
}

const asJson = (object: object) => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify(object),
});

/** JSON is YAML once those characters are escaped that YAML refuses, or takes for the end of a line. */
const yamlOf = (object: object) =>
  JSON.stringify(object).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

function nothingOn404(error: unknown): undefined {
  if (!isApiError(error, 404)) throw error;
}

function watchEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { type: "ERROR"; object: { code?: number } };
  if (event.type === "ERROR") throw new ApiError(event.object.code ?? 500, event.object);
  return event;
}
