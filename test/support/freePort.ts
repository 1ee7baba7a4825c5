export { freePort } from "../../cluster/processes.ts";
