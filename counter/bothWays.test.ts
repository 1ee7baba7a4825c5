import { connect } from "node:net";
import { expect, it } from "@jest/globals";
import { serveApp } from "./testing/serveApp.ts";

/** The bytes of the answer to a GET of this target, over a connection of its own. */
const rawAnswer = async (port: number, target: string, accept: string) => {
  const socket = connect(port, "127.0.0.1");
  const headers = `Host: x\r\n${accept}Connection: close\r\n`;
  socket.setEncoding("latin1").end(`GET ${target} HTTP/1.1\r\n${headers}\r\n`);
  return (await socket.toArray()).join("");
};

it.each([
  ["/", "/", ""],
  ["/", "/", "Accept: image/png,*/*;q=0.5\r\n"],
  ["/", "/", "Accept: text/html;q=0\r\n"],
  ["/p/about", "/p/*", ""],
  ["/p/about", "/p/*", "Accept: text/html;q=0\r\n"],
  ["/badge.svg", "/badge.svg", ""],
  ["/p/about/badge.svg", "/p/*/badge.svg", ""],
])(
  "answers a hit of %s, %s with the same bytes before Express and behind it",
  async (path, label, accept) => {
    let visits = 0;
    const onVisit = () => {
      visits += 1;
    };
    const { port, ask, close } = await serveApp({}, { onVisit });
    const answers = [];
    for (const url of [path, `${path}?`, `http://127.0.0.1:${port}${path}`]) {
      answers.push(await rawAnswer(port, url, accept));
    }
    const [before, ...behind] = answers.map((bytes) => bytes.replace(/^Date: .*$/m, ""));
    expect(before).toMatch(/hits?:? 1\b/);
    const count = (bytes: string) => bytes.replaceAll(/(hits?:? |>)\d+\b/g, "$11");
    expect(behind.map(count)).toEqual([before, before]);
    const metrics = await (await ask("/metrics")).text();
    expect(metrics).toContain(`http_requests_total{path="${label}",code="200"} 3\n`);
    expect(visits).toBe(3);
    await close();
  },
);
