import { open } from "node:fs/promises";
import type { AuditEvent } from "../../test/support/audit.ts";
import { childResources } from "./templates.ts";

/** What a program asked of the API server. */
export interface Requests {
  readonly total: number;
  readonly byVerb: Readonly<Record<string, number>>;
  /** Writes but those of its Lease. */
  readonly writes: number;
  readonly statusWrites: number;
  readonly eventWrites: number;
}

const WRITING = new Set(["create", "update", "patch", "delete", "deletecollection"]);

/** Counts one program's requests in the API server's audit log, as the log grows. */
export class Tally {
  readonly #userAgent: string;
  readonly #byVerb = new Map<string, number>();
  readonly #children = new Set<string>();
  readonly #statuses = new Set<string>();
  #writes = 0;
  #statusWrites = 0;
  #eventWrites = 0;
  #lastEventAt: number | undefined;
  #lastNewsAt = 0;

  constructor(userAgent: string) {
    this.#userAgent = userAgent;
  }

  /** Children that were applied, and HitCounters with a status, each counted once; and when the last of them came. */
  get made() {
    return { children: this.#children.size, statuses: this.#statuses.size, lastAt: this.#lastNewsAt };
  }

  /** When the last event was written, in milliseconds since 1970; undefined where none was. */
  get lastEventAt(): number | undefined {
    return this.#lastEventAt;
  }

  get requests(): Requests {
    const byVerb = Object.fromEntries([...this.#byVerb].sort());
    return {
      total: Object.values(byVerb).reduce((sum, count) => sum + count, 0),
      byVerb,
      writes: this.#writes,
      statusWrites: this.#statusWrites,
      eventWrites: this.#eventWrites,
    };
  }

  add(event: AuditEvent): void {
    if (!`${event.userAgent}/`.startsWith(`${this.#userAgent}/`) || !isCounted(event)) return;
    const { verb, objectRef: { resource = "", subresource, namespace, name } = {} } = event;
    this.#byVerb.set(verb, (this.#byVerb.get(verb) ?? 0) + 1);
    if (!WRITING.has(verb) || resource === "leases") return;
    this.#writes += 1;
    if (resource === "events") {
      this.#eventWrites += 1;
      this.#lastEventAt = Date.parse(event.stageTimestamp);
    }
    if (resource === "hitcounters" && subresource === "status") this.#statusWrites += 1;
    if ((event.responseStatus?.code ?? 500) >= 300) return;
    const id = `${resource}/${namespace}/${name}`;
    if (childResources.has(resource)) this.#note(this.#children, id, event);
    if (resource === "hitcounters" && subresource === "status") this.#note(this.#statuses, id, event);
  }

  #note(seen: Set<string>, id: string, { stageTimestamp }: AuditEvent): void {
    if (seen.has(id)) return;
    seen.add(id);
    this.#lastNewsAt = Math.max(this.#lastNewsAt, Date.parse(stageTimestamp));
  }
}

/** A watch counts when it begins, all else when it has ended. */
const isCounted = ({ verb, stage }: AuditEvent) =>
  stage === (verb === "watch" ? "ResponseStarted" : "ResponseComplete");

/** Reads what an audit log has got since it was last asked. */
export class AuditTail {
  readonly #file: string;
  #position = 0;
  #rest = "";

  constructor(file: string) {
    this.#file = file;
  }

  async read(): Promise<AuditEvent[]> {
    const file = await open(this.#file);
    try {
      let text = this.#rest;
      const decoder = new TextDecoder();
      for await (const chunk of file.createReadStream({ start: this.#position, autoClose: false })) {
        this.#position += chunk.length;
        text += decoder.decode(chunk, { stream: true });
      }
      const lines = text.split("\n");
      this.#rest = lines.pop() ?? "";
      return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as AuditEvent);
    } finally {
      await file.close();
    }
  }
}
