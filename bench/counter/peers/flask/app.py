import os

import redis
from flask import Flask, Response

app = Flask(__name__)
counter = redis.Redis(port=int(os.environ["REDIS_PORT"]))


@app.get("/")
def root():
    return Response(f"Holla! we have hit {counter.incr('hits')} times\n", mimetype="text/plain")
