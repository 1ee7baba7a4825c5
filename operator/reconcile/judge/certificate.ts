import { dayMs } from "../../../counter/contract.ts";
import type { HitCounterStatus } from "../../api/hitCounter.ts";
import { type Certificate, timeIn } from "../look/certificate.ts";
import type { Situation } from "./situation.ts";
import { no, sentence, type Verdict, yes } from "./verdict.ts";

type Of = Pick<Situation, "hitCounter" | "seen" | "now">;

/**
 * CertificateValid: whether the Secret that spec names has a certificate that is served, and valid. Undefined where no HTTPS
 * is wanted.
 */
export function judgeCertificate({ hitCounter, seen, now }: Of): Verdict | undefined {
  if (!hitCounter.spec.proxy.tls) return undefined;
  const { served, problem } = seen.tls;
  const left = served && leftOf(served, now);
  if (problem) {
    const meanwhile = served
      ? `The one from before is served: it ${left}.`
      : "HTTPS is not served until then.";
    return no(problem.reason, `${sentence(problem.message)} ${meanwhile}`);
  }
  if (!served) return no("NotServed", "HTTPS is about to be served.");
  const whose = `The certificate for ${served.names.join(", ")} ${left}.`;
  return served.notAfter > now.getTime() ? yes("Valid", whose) : no("CertificateExpired", whose);
}

/** Until when a certificate is valid, or was. */
function leftOf({ notAfter }: Certificate, now: Date): string {
  const days = Math.floor((notAfter - now.getTime()) / dayMs);
  if (days < 0) return `was valid until ${timeIn(notAfter)}`;
  return `is valid until ${timeIn(notAfter)} (${days === 1 ? "1 day" : `${days} days`} left)`;
}

/** Why HTTPS that is wanted is not served, in a sentence; undefined where it is served. */
export function whyNoHttps({ hitCounter, seen }: Of): string | undefined {
  if (!hitCounter.spec.proxy.tls || seen.byHttps) return undefined;
  const { problem, served } = seen.tls;
  if (problem && !served) return sentence(problem.message);
  return "HTTPS is not served yet: no proxy that serves it is ready.";
}

/** What is wrong with the certificate that would not be over by itself; a Secret that can't be read just now is nothing. */
export function certificateTrouble(situation: Of): string | undefined {
  const { problem, served } = situation.seen.tls;
  if (problem ? problem.reason === "SecretUnreadable" || !served : !served) return undefined;
  const verdict = judgeCertificate(situation);
  return verdict?.status === "False" ? verdict.message : undefined;
}

/** The certificate that is served, as the status has it. */
export const certificateOf = ({ seen: { tls } }: Of): HitCounterStatus["certificate"] =>
  tls.served && { notBefore: timeIn(tls.served.notBefore), notAfter: timeIn(tls.served.notAfter) };

/** In how many milliseconds there is something else to say: another number of days left, or a certificate to serve. */
export function nextDayLeftMs({ seen: { tls }, now }: Of): number | undefined {
  const leftMs = (tls.served?.notAfter ?? 0) - now.getTime();
  const waitMs = (tls.problem?.until ?? 0) - now.getTime();
  const times = [leftMs > 0 ? leftMs % dayMs || dayMs : 0, Math.min(waitMs, dayMs)].filter((ms) => ms > 0);
  return times.length > 0 ? Math.min(...times) : undefined;
}
