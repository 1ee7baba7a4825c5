import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** One line of the API server's audit log, as far as tests look. */
export interface AuditEvent {
  verb: string;
  userAgent?: string;
  user?: { username?: string };
  requestURI: string;
  objectRef?: {
    apiGroup?: string;
    resource?: string;
    subresource?: string;
    namespace?: string;
    name?: string;
  };
  responseStatus?: { code?: number; message?: string };
  /** What the API server notes, such as how its authorizers decided. */
  annotations?: Record<string, string>;
  stage: string;
  /** MicroTimes, which sort as text: when the request came, and when its answer was complete. */
  requestReceivedTimestamp: string;
  stageTimestamp: string;
}

const writing = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/** What has been read of each log: it only grows, and is asked for again and again. */
const read = new Map<string, { bytes: number; finished: AuditEvent[] }>();

/** Every finished request in a log, oldest first. */
function finishedIn(auditLog: string): readonly AuditEvent[] {
  const file = openSync(auditLog, "r");
  try {
    const { size } = fstatSync(file);
    const known = read.get(auditLog);
    const { bytes, finished } = known && known.bytes <= size ? known : { bytes: 0, finished: [] };
    const more = Buffer.alloc(size - bytes);
    const length = readSync(file, more, 0, more.length, bytes);
    const end = more.subarray(0, length).lastIndexOf("\n") + 1; // what follows is still being written
    for (const line of more.toString("utf8", 0, end).split("\n").slice(0, -1)) {
      const event = JSON.parse(line) as AuditEvent;
      if (event.stage === "ResponseComplete") finished.push(event);
    }
    read.set(auditLog, { bytes: bytes + end, finished });
    return finished;
  } finally {
    closeSync(file);
  }
}

/**
 * Every finished request of one program, oldest first. Each of its processes has a name of its own:
 * `hitcounter-operator/a` is one of the processes of `hitcounter-operator`.
 */
export const requestsOf = async (auditLog: string, userAgent: string): Promise<AuditEvent[]> =>
  finishedIn(auditLog).filter((event) => `${event.userAgent}/`.startsWith(`${userAgent}/`));

/** Every finished write of one program but those of its Lease, in the order in which they were answered. */
export async function writeEventsOf(auditLog: string, userAgent: string): Promise<AuditEvent[]> {
  const events = await requestsOf(auditLog, userAgent);
  return events.filter(({ verb, objectRef }) => writing.has(verb) && objectRef?.resource !== "leases");
}

/** The same, each such as `patch deployments web-counter`. */
export async function writesOf(auditLog: string, userAgent: string): Promise<string[]> {
  const events = await writeEventsOf(auditLog, userAgent);
  return events.map(({ verb, objectRef }) => {
    const { resource, subresource, name } = objectRef ?? {};
    return `${verb} ${subresource ? `${resource}/${subresource}` : resource} ${name}`;
  });
}

/** What service accounts have asked of a cluster, and since when all of it is known. */
export interface Asked {
  events: AuditEvent[];
  /** When the oldest request in the log came, of anybody. */
  since: string;
}

/** Every request of a service account in a folder's log and in what was rotated out of it, watches that go on too. */
export async function askedByAccounts(folder: string): Promise<Asked> {
  const files = (await readdir(folder)).filter((name) => /^audit.*\.log$/.test(name));
  const events: AuditEvent[] = [];
  let since = "9";
  for (const file of files) {
    const lines = createInterface({ input: createReadStream(join(folder, file)) });
    let isFirst = true;
    for await (const line of lines) {
      if (!isFirst && !line.includes('"system:serviceaccount:')) continue;
      if (!line.endsWith("}")) continue; // still being written
      const event = JSON.parse(line) as AuditEvent;
      if (isFirst && event.requestReceivedTimestamp < since) since = event.requestReceivedTimestamp;
      isFirst = false;
      if (event.user?.username?.startsWith("system:serviceaccount:")) events.push(event);
    }
  }
  return { events, since };
}
