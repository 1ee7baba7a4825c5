// No Redis and no router: the most that Node.js's own server answers.
import { createServer } from "node:http";
import process from "node:process";

const body = "Holla! we have hit 1234567 times\n";
const headers = { "Content-Type": "text/plain; charset=utf-8", "Content-Length": body.length };
createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
}).listen(Number(process.env.PORT), "127.0.0.1");
