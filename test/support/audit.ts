import { readFile } from "node:fs/promises";

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

/**
 * Every finished request of one program, oldest first. Each of its processes has a name of its own:
 * `hitcounter-operator/a` is one of the processes of `hitcounter-operator`.
 */
export async function requestsOf(auditLog: string, userAgent: string): Promise<AuditEvent[]> {
  const lines = (await readFile(auditLog, "utf8")).split("\n");
  return lines
    .slice(0, -1) // the last is empty, or still being written
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ stage }) => stage === "ResponseComplete")
    .filter((event) => `${event.userAgent}/`.startsWith(`${userAgent}/`));
}

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
