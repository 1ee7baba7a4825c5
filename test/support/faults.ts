import type { FaultAnswer, FaultProxy, ProxiedRequest } from "./faultProxy.ts";

/** What goes wrong, and for how long; a fault of 0 s is not lifted, and time runs from its beginning. */
export interface Fault {
  readonly name: string;
  readonly seconds: number;
  begin(proxy: FaultProxy): void;
  end(proxy: FaultProxy): Promise<void> | void;
}

const gone: FaultAnswer = { code: 410, reason: "Expired" };
const passOn = (proxy: FaultProxy) => {
  proxy.fault = () => undefined;
};

/** A fault that answers as told from when the connections that there are have been reset. */
const answering = (name: string, answer: (request: ProxiedRequest) => FaultAnswer | undefined): Fault => ({
  name,
  seconds: 12,
  begin: (proxy) => {
    proxy.fault = answer;
    proxy.resetConnections();
  },
  end: passOn,
});

/** Each is of use once, by one proxy. */
export const faults: readonly Fault[] = [
  resets(),
  answering("410 to watches", ({ kind }) => (kind === "watch" ? gone : undefined)),
  answering("410 as an event of watches", ({ kind }) =>
    kind === "watch" ? { ...gone, asEvent: true } : undefined,
  ),
  answering("500 to lists, 410 to watches", ({ kind }) =>
    kind === "watch" ? gone : kind === "list" ? { code: 500, reason: "InternalError" } : undefined,
  ),
  answering("429 with Retry-After 5 to all", () => ({
    code: 429,
    reason: "TooManyRequests",
    headers: { "retry-after": "5" },
  })),
  heldUp(),
  {
    name: "every connection silent for good, new ones work",
    seconds: 0,
    begin: (proxy) => proxy.silenceConnections(),
    end: () => {},
  },
  {
    name: "every connection silent, new ones too",
    seconds: 40,
    begin: (proxy) => {
      proxy.silent = true;
      proxy.silenceConnections();
    },
    end: (proxy) => {
      proxy.silent = false;
    },
  },
  {
    name: "an expired token",
    seconds: 20,
    begin: (proxy) => proxy.expireToken(),
    end: (proxy) => proxy.renewToken(),
  },
];

function resets(): Fault {
  let resetting: NodeJS.Timeout;
  return {
    name: "resets in mid-stream, twice a second",
    seconds: 12,
    begin: (proxy) => {
      resetting = setInterval(() => proxy.resetConnections(), 500);
    },
    end: () => clearInterval(resetting),
  };
}

/** Time for things to happen between the list that follows 410 and the watch that follows the list. */
function heldUp(): Fault {
  const release = Promise.withResolvers<undefined>();
  const expired = new Set<string>();
  return {
    name: "watches held up after a fresh list",
    seconds: 10,
    begin: (proxy) => {
      proxy.fault = ({ kind, path }) => {
        if (kind !== "watch") return undefined;
        if (expired.has(path)) return release.promise;
        expired.add(path);
        return gone;
      };
      proxy.resetConnections();
    },
    end: (proxy) => {
      passOn(proxy);
      release.resolve(undefined);
    },
  };
}
