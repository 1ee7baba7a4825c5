import type { Release } from "../../cluster/nodeImage/releases.ts";
import { clusterUp, jest, journeys, type Stage, tools } from "./stages.ts";

/** For a test that sets no timeout of its own: beyond what any takes on a machine that is slow. */
const TEST_TIMEOUT_SECONDS = 600;

/** What a release of Kubernetes is put through: its control plane with the integration tests, a cluster with the journeys. */
export const releaseStages = ({ minor }: Release): Stage[] =>
  [
    tools,
    { name: "integration", command: jest("integration", TEST_TIMEOUT_SECONDS) },
    clusterUp,
    ...journeys.map((name) => ({ name, command: jest(name, TEST_TIMEOUT_SECONDS) })),
  ].map((stage) => ({ ...stage, name: `${minor} ${stage.name}`, env: { KUBERNETES_VERSION: minor } }));
