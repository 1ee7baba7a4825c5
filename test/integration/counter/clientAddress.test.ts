import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { addressRange } from "../../../operator/api/schema.ts";
import type { NginxSettings } from "../../../operator/desired/nginxConf.ts";
import { askService, targetOf } from "../../../operator/reconcile/look/askProxy.ts";
import { hitCounterWith } from "../../../operator/testing/fixtures.ts";
import { type NginxServer, startNginxServer } from "../../support/nginxServer.ts";
import { sendRaw } from "../../support/rawRequests.ts";

/** Loopback addresses: of a balancer that is trusted, and of a client that connects by itself. */
const BALANCER = "127.0.0.2";
const CLIENT = "127.0.0.3";
const trustedProxies = [`${BALANCER}/32`, "10.0.0.0/8", "2001:db8:1::/48"];

/** `::` behind and before as many groups as spec takes, an address without it, and what says more than its length. */
const groups = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index).join(":");
const shortened = Array.from({ length: 9 }, (_, before) =>
  Array.from({ length: 9 - before }, (_, after) => `${groups(0, before)}::${groups(8 - after, 8)}/64`),
).flat();
const forms = [
  ...shortened,
  `${groups(0, 8)}/128`,
  "FD00::ABCD/8",
  "::/0",
  "192.0.2.77/24",
  "192.0.2.77/24",
  "0.0.0.0/0",
];
const everyForm = forms.filter((form) => addressRange("spec").safeParse(form).success);

/** What stands for a counter, and hears whom nginx takes for the client. */
let counter: Server;
let heard: IncomingMessage[] = [];
type Mode = "nobody" | "header" | "protocol" | "headerOverIpv6" | "protocolOverIpv6";
const nginx = {} as Record<Mode, NginxServer>;

beforeAll(async () => {
  counter = createServer((request, response) => {
    heard.push(request);
    response.end('{"hits":42}');
  });
  await new Promise<void>((resolve) => counter.listen(0, "127.0.0.1", resolve));
  const upstream = `127.0.0.1:${(counter.address() as AddressInfo).port}`;
  const start = (clientAddress?: NginxSettings["clientAddress"]) =>
    startNginxServer([upstream], { families: ["IPv4", "IPv6"], clientAddress });
  nginx.nobody = await start();
  nginx.header = await start({ trustedProxies, proxyProtocol: false });
  nginx.protocol = await start({ trustedProxies, proxyProtocol: true });
  const onIpv6 = { trustedProxies: ["::1/128", ...everyForm] };
  nginx.headerOverIpv6 = await start({ ...onIpv6, proxyProtocol: false });
  nginx.protocolOverIpv6 = await start({ ...onIpv6, proxyProtocol: true });
}, 1_800_000);
afterAll(async () => {
  for (const each of Object.values(nginx)) await each.remove();
  counter?.closeAllConnections();
  counter?.close();
});
beforeEach(() => {
  heard = [];
});

const get = (...headers: string[]) =>
  ["GET / HTTP/1.1", "Host: x", ...headers, "Connection: close", "", ""].join("\r\n");
const portOf = ({ url }: NginxServer) => Number(new URL(url).port);
const send = (to: NginxServer, bytes: string, from: string) =>
  sendRaw(portOf(to), [bytes], { closes: true, from, to: from.includes(":") ? "::1" : "127.0.0.1" });
/** Sends a request that is answered, and returns whom the counter is told of. */
async function clientOf(to: NginxServer, bytes: string, from: string): Promise<string | undefined> {
  const before = heard.length;
  const { answers } = await send(to, bytes, from);
  expect(answers.map(({ status }) => status)).toEqual([200]);
  expect(heard).toHaveLength(before + 1);
  // Not one more, that the client had sent along.
  const told = heard.at(-1)?.rawHeaders.map((name) => name.toLowerCase()) ?? [];
  expect(told.filter((name) => ["x-real-ip", "x-forwarded-for", "forwarded"].includes(name))).toEqual([
    "x-real-ip",
  ]);
  return heard.at(-1)?.headers["x-real-ip"]?.toString();
}

const v1 = (...words: string[]) => `PROXY ${words.join(" ")}\r\n`;
const of = (client: string) => v1("TCP4", client, "192.0.2.1", "40000", "80");
const ofIpv6 = (client: string) => v1("TCP6", client, "2001:db8::1", "40000", "80");

/** The second version of the PROXY protocol: a signature, what it is about, and addresses as bytes. */
const v2 = (command: "LOCAL" | "PROXY", family: number, addresses: readonly number[]) => {
  const header = [
    0x20 | (command === "PROXY" ? 1 : 0),
    family,
    addresses.length >> 8,
    addresses.length & 255,
  ];
  return `\r\n\r\n\0\r\nQUIT\n${String.fromCharCode(...header, ...addresses)}`;
};
const PORTS = [0x9c, 0x40, 0, 80];
const v2Ipv4 = (...client: number[]) => v2("PROXY", 0x11, [...client, 192, 0, 2, 1, ...PORTS]);
const v2Ipv6 = (last: number) => {
  const address = [0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
  return v2("PROXY", 0x21, [...address, ...address, ...PORTS]);
};

describe("a client that says to be another", () => {
  it.each<[string, Mode, string, string]>([
    ["X-Forwarded-For, where nobody is trusted", "nobody", get("X-Forwarded-For: 198.51.100.9"), CLIENT],
    ["X-Forwarded-For, where others are", "header", get("X-Forwarded-For: 198.51.100.9"), CLIENT],
    ["the address of a trusted one there", "header", get(`X-Forwarded-For: ${BALANCER}`), CLIENT],
    ["X-Real-IP", "header", get("X-Real-IP: 198.51.100.9"), CLIENT],
    ["Forwarded", "header", get("Forwarded: for=198.51.100.9"), CLIENT],
    ["the PROXY protocol", "protocol", of("198.51.100.9") + get(), CLIENT],
    ["its second version", "protocol", v2Ipv4(198, 51, 100, 9) + get(), CLIENT],
    ["the PROXY protocol, over IPv6", "protocol", ofIpv6("2001:db8::9") + get(), "::1"],
    ["X-Forwarded-For, over IPv6", "header", get("X-Forwarded-For: 2001:db8::9"), "::1"],
  ])("by %s is not believed", async (_how, mode, bytes, itself) => {
    expect(await clientOf(nginx[mode], bytes, itself)).toBe(itself);
  });

  it.each([
    ["before the balancer's", ["X-Forwarded-For: 198.51.100.9, 203.0.113.7"]],
    ["in a header of its own", ["X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: 203.0.113.7"]],
    ["that would be trusted", ["X-Forwarded-For: 10.0.0.9, 203.0.113.7"]],
    [
      "with all the other headers",
      ["X-Real-IP: 198.51.100.9", "Forwarded: for=198.51.100.9", "X-Forwarded-For: 203.0.113.7"],
    ],
  ])("through the balancer by an address %s is not believed", async (_how, headers) => {
    expect(await clientOf(nginx.header, get(...headers), BALANCER)).toBe("203.0.113.7");
  });

  it("through the balancer is not believed, whatever it sends", async () => {
    const parts = fc.constantFrom(
      "10.0.0.1",
      BALANCER,
      "203.0.113.8",
      "::1",
      "2001:db8:1::1",
      ",",
      ", ",
      " ",
      ":",
      "[",
      "]",
    );
    const printable = fc
      .string({ unit: "binary-ascii", maxLength: 60 })
      .map((text) => text.replaceAll(/[^ -~]/g, ""));
    const forged = fc.oneof(
      printable,
      fc.array(parts, { maxLength: 12 }).map((all) => all.join("")),
    );
    const texts = fc.sample(forged, 150);
    const said = await Promise.all(
      texts.flatMap((text) => [
        sendRaw(portOf(nginx.header), [get(`X-Forwarded-For: ${text}, 203.0.113.7`)], {
          closes: true,
          from: BALANCER,
        }),
        sendRaw(portOf(nginx.header), [get(`X-Forwarded-For: ${text}`, "X-Forwarded-For: 203.0.113.7")], {
          closes: true,
          from: BALANCER,
        }),
      ]),
    );
    expect(said.flatMap(({ answers }) => answers.map(({ status }) => status))).toEqual(said.map(() => 200));
    expect(new Set(heard.map(({ headers }) => headers["x-real-ip"]))).toEqual(new Set(["203.0.113.7"]));
  });

  it("behind the balancer by a PROXY header of its own is refused", async () => {
    const { answers } = await send(nginx.protocol, of("203.0.113.7") + of("198.51.100.9") + get(), BALANCER);
    expect(answers.map(({ status }) => status)).toEqual([400]);
    expect(heard).toEqual([]);
  });

  it("behind the balancer by X-Forwarded-For is not believed, where the PROXY protocol is", async () => {
    const bytes = of("203.0.113.7") + get("X-Forwarded-For: 198.51.100.9");
    expect(await clientOf(nginx.protocol, bytes, BALANCER)).toBe("203.0.113.7");
  });
});

describe("a balancer that is trusted", () => {
  it.each<[string, string, string]>([
    ["the client's address", get("X-Forwarded-For: 203.0.113.7"), "203.0.113.7"],
    ["an IPv6 address", get("X-Forwarded-For: 2001:db8::7"), "2001:db8::7"],
    ["an address with a port", get("X-Forwarded-For: 203.0.113.7:41000"), "203.0.113.7"],
    ["an IPv6 address with a port", get("X-Forwarded-For: [2001:db8::7]:41000"), "2001:db8::7"],
    [
      "others that are trusted too",
      get("X-Forwarded-For: 203.0.113.7, 2001:db8:1::5, 10.0.0.5"),
      "203.0.113.7",
    ],
    ["none but trusted ones", get("X-Forwarded-For: 10.0.0.6, 10.0.0.5"), "10.0.0.6"],
    ["none", get(), BALANCER],
    ["none, in an empty header", get("X-Forwarded-For:"), BALANCER],
    ["nonsense", get("X-Forwarded-For: 203.0.113.7, unknown"), BALANCER],
    ["nonsense before a trusted one", get("X-Forwarded-For: 203.0.113.7, unknown, 10.0.0.5"), "10.0.0.5"],
  ])("tells in X-Forwarded-For %s", async (_what, bytes, client) => {
    expect(await clientOf(nginx.header, bytes, BALANCER)).toBe(client);
  });

  it.each<[string, string, string]>([
    ["the client's address", of("203.0.113.7"), "203.0.113.7"],
    ["an IPv6 address", ofIpv6("2001:db8::7"), "2001:db8::7"],
    ["that it does not know", v1("UNKNOWN"), BALANCER],
    ["what is no address", of("999.0.0.1"), BALANCER],
    ["in its second version an address", v2Ipv4(203, 0, 113, 7), "203.0.113.7"],
    ["in its second version an IPv6 address", v2Ipv6(7), "2001:db8:2::7"],
    ["that it asks for itself", v2("LOCAL", 0, []), BALANCER],
  ])("tells by the PROXY protocol %s", async (_what, header, client) => {
    expect(await clientOf(nginx.protocol, header + get(), BALANCER)).toBe(client);
  });

  it("tells so over IPv6 as well", async () => {
    expect(await clientOf(nginx.headerOverIpv6, get("X-Forwarded-For: 2001:db8::7"), "::1")).toBe(
      "2001:db8::7",
    );
    expect(await clientOf(nginx.protocolOverIpv6, ofIpv6("2001:db8::7") + get(), "::1")).toBe("2001:db8::7");
  });
});

describe("where the PROXY protocol is wanted", () => {
  it.each([
    ["without it", get()],
    ["with nonsense in its place", v1("TCP4", "nonsense") + get()],
    ["with half of it", "PROXY TCP4 203.0.113.7\r\n"],
  ])("a connection %s is closed, and reaches no counter", async (_how, bytes) => {
    expect(await send(nginx.protocol, bytes, BALANCER)).toEqual({ answers: [], closed: true });
    expect(heard).toEqual([]);
  });

  it("the operator is answered, and says to be nobody", async () => {
    const port = portOf(nginx.protocol);
    const target = targetOf(
      hitCounterWith(),
      { spec: { clusterIP: "127.0.0.1", ports: [{ port }] } },
      { proxyProtocol: true },
    );
    expect(await askService(target, new AbortController().signal)).toEqual({ hits: 42 });
    expect(heard.map(({ url, headers }) => [url, headers["x-real-ip"]])).toEqual([["/hits", "127.0.0.1"]]);
  });
});
