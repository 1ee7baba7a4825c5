// Two workers of node:cluster with one program, which is named in the argument.
import cluster from "node:cluster";
import process from "node:process";

cluster.setupPrimary({ exec: process.argv[2] });
cluster.fork();
cluster.fork();
