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
  requestReceivedTimestamp: string;
}

const writing = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/** Every finished request of one program, oldest first. */
export async function requestsOf(auditLog: string, userAgent: string): Promise<AuditEvent[]> {
  const lines = (await readFile(auditLog, "utf8")).split("\n");
  return lines
    .slice(0, -1) // the last is empty, or still being written
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.stage === "ResponseComplete" && event.userAgent === userAgent);
}

/** Every finished write of one program, oldest first, such as `patch deployments web-counter`. */
export async function writesOf(auditLog: string, userAgent: string): Promise<string[]> {
  const events = await requestsOf(auditLog, userAgent);
  return events
    .filter(({ verb }) => writing.has(verb))
    .map(({ verb, objectRef }) => {
      const { resource, subresource, name } = objectRef ?? {};
      return `${verb} ${subresource ? `${resource}/${subresource}` : resource} ${name}`;
    });
}
