import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** One line of the API server's audit log, as far as tests look. */
export interface AuditEvent {
  verb: string;
  userAgent?: string;
  user?: { username?: string };
  requestURI: string;
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
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
