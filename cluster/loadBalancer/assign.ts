/** What is read of a Service. */
export interface Service {
  metadata: { namespace: string; name: string };
  spec: { type: string; loadBalancerClass?: string };
  status: { loadBalancer?: { ingress?: { ip?: string }[] } };
}

/** The Service that 127.0.0.1:8080 of the host leads to: it has the control-plane node's own address. */
const FIRST_SERVICE = "default/proxy";

/** What is to be done: each Service that is to have an address, or (`undefined`) to have none any more. */
export interface Assignments {
  changes: { namespace: string; name: string; address: string | undefined }[];
  /** Services for which the pool has no address left. */
  waiting: string[];
}

/**
 * Shares out the pool. A Service keeps an address it has; the first address is for `FIRST_SERVICE` alone;
 * an address is free again when its Service is gone or no longer of type LoadBalancer.
 */
export function assign(services: readonly Service[], pool: readonly string[]): Assignments {
  const [first, ...others] = pool;
  const taken = new Set<string>();
  const assignments: Assignments = { changes: [], waiting: [] };
  const without: Service[] = [];
  for (const service of services) {
    const present = service.status.loadBalancer?.ingress?.[0]?.ip;
    const mayHave = (address: string) =>
      nameOf(service) === FIRST_SERVICE ? address === first : others.includes(address);
    if (!wantsAddress(service)) {
      // Another class of load balancer looks after its own Services.
      if (present !== undefined && service.spec.type !== "LoadBalancer") {
        assignments.changes.push({ ...key(service), address: undefined });
      }
    } else if (present !== undefined && mayHave(present) && !taken.has(present)) {
      taken.add(present);
    } else {
      without.push(service);
    }
  }
  for (const service of without) {
    const candidates = nameOf(service) === FIRST_SERVICE ? [first] : others;
    const address = candidates.find((candidate) => candidate !== undefined && !taken.has(candidate));
    if (address === undefined) {
      assignments.waiting.push(nameOf(service));
    } else {
      taken.add(address);
      assignments.changes.push({ ...key(service), address });
    }
  }
  return assignments;
}

const wantsAddress = ({ spec }: Service) =>
  spec.type === "LoadBalancer" && spec.loadBalancerClass === undefined;

const nameOf = ({ metadata }: Service) => `${metadata.namespace}/${metadata.name}`;

const key = ({ metadata: { namespace, name } }: Service) => ({ namespace, name });
