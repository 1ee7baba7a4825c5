import { ApiError, isApiError } from "./apiError.ts";
import { type Key, keyOf } from "./key.ts";
import type {
  ApplyOptions,
  KubeClient,
  ListOptions,
  RawOptions,
  RequestOptions,
  WatchOptions,
} from "./kubeClient.ts";
import {
  collectionPath,
  type KubeList,
  type KubeObject,
  objectPath,
  type ResourceKind,
  type WatchEvent,
} from "./objects.ts";
import type { HttpMethod, Transport, TransportRequest } from "./transport.ts";

/** Beyond its own end, a watch may be silent for so long before it counts as stalled. */
const STALL_GRACE_MS = 5000;

/** Speaks the Kubernetes API over a transport; `connect` is how a program gets one. */
export function createRestClient(transport: Transport): KubeClient {
  /** Sends a request that must succeed, and reads the object in the answer. */
  const send = async <T>(method: HttpMethod, path: string, options: RawOptions): Promise<T> => {
    const answer = await transport.request(method, path, withTimeout(options));
    if (answer.status >= 300) {
      throw ApiError.of(answer.status, answer.body, answer.headers["retry-after"]);
    }
    return JSON.parse(answer.body) as T;
  };

  const patch = <T>(path: string, object: object, options: ApplyOptions): Promise<T> =>
    send("PATCH", path, {
      ...only(options),
      query: {
        fieldManager: options.fieldManager,
        force: options.force ?? true,
        dryRun: options.dryRun ? "All" : undefined,
      },
      // The only name the API server knows server-side apply by.
      headers: { "content-type": "application/apply-patch+yaml" },
      body: yamlOf(object),
    });

  return {
    get: async <T extends KubeObject>(kind: ResourceKind<T>, key: Key, options?: RequestOptions) => {
      try {
        return await send<T>("GET", objectPath(kind, key), only(options));
      } catch (error) {
        return nothingOn404(error);
      }
    },

    list: async <T extends KubeObject>(kind: ResourceKind<T>, options: ListOptions) => {
      const { signal: _, beforeSend: __, timeoutSeconds: ___, namespace, ...query } = options;
      const list = await send<KubeList<T>>("GET", collectionPath(kind, namespace), {
        ...only(options),
        query,
      });
      // The items of a built-in kind's list lack what the list itself says once.
      const { apiVersion, kind: name } = kind;
      return { ...list, items: list.items.map((item) => ({ ...item, apiVersion, kind: name })) };
    },

    async *watch<T extends KubeObject>(kind: ResourceKind<T>, options: WatchOptions) {
      const { signal, namespace, ...query } = options;
      const lines = transport.lines(collectionPath(kind, namespace), {
        query: { ...query, watch: true, allowWatchBookmarks: true },
        silenceMs: options.timeoutSeconds * 1000 + STALL_GRACE_MS,
        signal,
      });
      for await (const line of lines) {
        yield watchEvent<T>(line);
      }
    },

    apply: (kind, object, options) => patch(objectPath(kind, keyOf(object)), object, options),

    patchStatus: (kind, key, status, options) => {
      const { apiVersion, kind: name } = kind;
      const { namespace, ...named } = key;
      const metadata = kind.namespaced ? key : named;
      return patch(`${objectPath(kind, key)}/status`, { apiVersion, kind: name, metadata, status }, options);
    },

    create: (kind, object, options) =>
      send("POST", collectionPath(kind, object.metadata?.namespace), {
        ...only(options),
        headers: JSON_BODY,
        body: JSON.stringify(object),
      }),

    replace: (kind, object, options) =>
      send("PUT", objectPath(kind, keyOf(object)), {
        ...only(options),
        headers: JSON_BODY,
        body: JSON.stringify(object),
      }),

    delete: async (kind, key, options = {}) => {
      const { signal: _, beforeSend: __, timeoutSeconds: ___, ...body } = options;
      try {
        await send("DELETE", objectPath(kind, key), {
          ...only(options),
          headers: JSON_BODY,
          body: JSON.stringify(body),
        });
      } catch (error) {
        nothingOn404(error);
      }
    },

    raw: (method, path, options = {}) => transport.request(method, path, withTimeout(options)),
    close: () => transport.close(),
  };
}

/** JSON is YAML once those characters are escaped that YAML refuses, or takes for the end of a line. */
const yamlOf = (object: object) =>
  JSON.stringify(object).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const JSON_BODY = { "content-type": "application/json" };

/** What every request has, without what only some have. */
function only({ signal, beforeSend, timeoutSeconds }: RequestOptions = {}): RequestOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(beforeSend === undefined ? {} : { beforeSend }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  };
}

function withTimeout({ timeoutSeconds, query, ...options }: RawOptions): TransportRequest {
  const timeout = timeoutSeconds === undefined ? undefined : `${timeoutSeconds}s`;
  return { ...options, query: { ...query, timeout } };
}

function nothingOn404(error: unknown): undefined {
  if (!isApiError(error, 404)) {
    throw error;
  }
}

function watchEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { type: "ERROR"; object: { code?: number } };
  if (event.type === "ERROR") {
    throw new ApiError(event.object.code ?? 500, event.object);
  }
  return event;
}
