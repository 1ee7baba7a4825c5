import process from "node:process";
// biome-ignore lint/correctness/noUnresolvedImports: its packages are installed where it is run.
import fastify from "fastify";
import { Redis } from "ioredis";

const redis = new Redis({ port: Number(process.env.REDIS_PORT), enableAutoPipelining: true });
const app = fastify();
app.get("/", async (_request, reply) => {
  const hits = await redis.incr("hits");
  return reply.type("text/plain; charset=utf-8").send(`Holla! we have hit ${hits} times\n`);
});
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
