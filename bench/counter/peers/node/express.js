import process from "node:process";
import express from "express";
import { Redis } from "ioredis";

const redis = new Redis({ port: Number(process.env.REDIS_PORT) });
const app = express();
app.get("/", async (_request, response) => {
  const hits = await redis.incr("hits");
  response.type("text/plain").send(`Holla! we have hit ${hits} times\n`);
});
app.listen(Number(process.env.PORT), "127.0.0.1");
