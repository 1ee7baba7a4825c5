import { Gauge, type Registry } from "prom-client";
import type { HitCounter } from "./api/hitCounter.ts";
import type { Store } from "./runtime/index.ts";

const CERTIFICATE_TIMES = [
  ["notBefore", "From when", "not_before"],
  ["notAfter", "Until when", "expiration"],
] as const;

const COPIES = [
  ["hitcounter_redis_copies", "Copies of the data that there should be, where there are three.", "replicas"],
  [
    "hitcounter_redis_copies_in_sync",
    "Copies that have all that was acknowledged, where there are three.",
    "inSync",
  ],
  [
    "hitcounter_redis_term",
    "Number of the term in which the primary of three copies leads: it grows with each change of it.",
    "term",
  ],
] as const;

type Sample = [value: number, labels?: Record<string, string>];

/** Tells of every HitCounter, as its status has it when metrics are read; one that is gone is told of no more. */
export function createHitCounterMetrics(
  registry: Registry,
  hitCounters: Pick<Store<HitCounter>, "list">,
): void {
  const gauge = (name: string, help: string, labels: string[], tell: (of: HitCounter) => Sample[]) =>
    new Gauge({
      name,
      help,
      labelNames: ["namespace", "name", ...labels],
      registers: [registry],
      collect() {
        this.reset();
        for (const hitCounter of hitCounters.list()) {
          const { namespace, name } = hitCounter.metadata;
          for (const [value, more] of tell(hitCounter)) this.set({ namespace, name, ...more }, value);
        }
      },
    });

  gauge("hitcounter_hits", "The count when it was last read.", [], ({ status }) =>
    status?.hits === undefined ? [] : [[status.hits]],
  );
  gauge(
    "hitcounter_info",
    "Always 1: the version that serves and the one that is wanted.",
    ["version", "wanted_version"],
    ({ spec, status }) => [[1, { version: status?.version ?? "", wanted_version: spec.version }]],
  );
  for (const [which, when, title] of CERTIFICATE_TIMES) {
    gauge(
      `hitcounter_certificate_${title}_timestamp_seconds`,
      `${when} the certificate that the proxies serve is valid, in seconds since 1970.`,
      [],
      ({ status }) =>
        status?.certificate === undefined ? [] : [[Date.parse(status.certificate[which]) / 1000]],
    );
  }
  gauge(
    "hitcounter_redis_password_made_timestamp_seconds",
    "When the passwords of Redis that are in use were made, in seconds since 1970.",
    [],
    ({ status }) => {
      const madeAt = status?.redis?.passwordMadeAt;
      return madeAt === undefined ? [] : [[Date.parse(madeAt) / 1_000]];
    },
  );
  for (const [name, help, field] of COPIES) {
    gauge(name, help, [], ({ status }) => {
      const value = status?.redis?.[field];
      return value === undefined ? [] : [[value]];
    });
  }
  gauge("hitcounter_condition", "1 where the condition is True, else 0.", ["type"], ({ status }) =>
    (status?.conditions ?? []).map(({ type, status: holds }) => [holds === "True" ? 1 : 0, { type }]),
  );

  const seconds = (time: string | undefined): Sample[] => (time ? [[Date.parse(time) / 1000]] : []);
  gauge(
    "hitcounter_backup_last_success_timestamp_seconds",
    "When the last backup succeeded, in seconds since 1970; none while none has.",
    [],
    ({ status }) => seconds(status?.backup?.lastSuccessfulTime),
  );
  gauge(
    "hitcounter_backup_overdue_timestamp_seconds",
    "When the second backup since the last success is due, in seconds since 1970, where spec asks for backups.",
    [],
    ({ status }) => seconds(status?.backup?.overdueTime),
  );
}
