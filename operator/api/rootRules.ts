import type { Rule } from "./schema.ts";

/**
 * Longest name of a HitCounter. The StatefulSet `<name>-redis` puts its own name and a hash of 11 characters
 * into a label of its pod, and the value of a label has at most 63.
 */
const MAX_NAME_LENGTH = 46;

const naming: Rule[] = [
  [
    `size(self.metadata.name) <= ${MAX_NAME_LENGTH}`,
    `metadata.name must have ${MAX_NAME_LENGTH} characters at most: the names of the HitCounter's children are made from it`,
  ],
  [
    "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
    "metadata.name must be lower-case letters, digits and '-', beginning with a letter: Services are named after it",
  ],
  [
    "!has(self.spec.proxy.service.name) || !(self.spec.proxy.service.name in " +
      "['-counter', '-redis', '-redis-pods', '-exporter', '-exporter-nginx'].map(end, self.metadata.name + end))",
    "spec.proxy.service.name must not be <name>-counter, <name>-redis, <name>-redis-pods, <name>-exporter or " +
      "<name>-exporter-nginx: the HitCounter has Services of these names",
  ],
];

/** A Secret that a user names must be another than those that the operator makes. */
const usersSecret = (field: string, isThere: string): Rule => [
  `!(${isThere}) || !(self.${field} in ['-proxy-tls', '-redis', '-visitors'].map(end, self.metadata.name + end))`,
  `${field} must not be <name>-proxy-tls, <name>-redis or <name>-visitors: the operator makes Secrets of these names for the ` +
    "HitCounter",
];
const secrets = [
  usersSecret("spec.proxy.tls.secretName", "has(self.spec.proxy.tls)"),
  usersSecret(
    "spec.redis.auth.secretName",
    "has(self.spec.redis.auth) && has(self.spec.redis.auth.secretName)",
  ),
];

const NO_VOLUME = "!has(self.status) || !has(self.status.storage)";
const SIZE = "spec.redis.storage.size";
const CLASS = "spec.redis.storage.storageClassName";
const HELD_SIZE = "self.status.storage.size";
const HELD_CLASS = "self.status.storage.storageClassName";

/**
 * What can't be asked of a volume that is there. They compare with what it has, as status tells, since spec may have
 * asked for more than the volume got, and the way back must stay open. Each holds for a field that stays as it was,
 * whatever the volume has: the API server checks them when a status is written too, and must not refuse that.
 */
const volume: Rule[] = [
  [
    `${NO_VOLUME} || quantity(string(self.${SIZE})).compareTo(quantity(string(oldSelf.${SIZE}))) == 0 || ` +
      `quantity(string(self.${SIZE})).compareTo(quantity(${HELD_SIZE})) >= 0`,
    {
      expression: `'${SIZE} must be ' + ${HELD_SIZE} + ' or more: the volume has that, and none can shrink'`,
    },
  ],
  [
    `${NO_VOLUME} || !has(self.${CLASS}) || (has(oldSelf.${CLASS}) && self.${CLASS} == oldSelf.${CLASS}) || ` +
      `(has(${HELD_CLASS}) && self.${CLASS} == ${HELD_CLASS})`,
    {
      expression:
        `'${CLASS} must be ' + (has(${HELD_CLASS}) ? ${HELD_CLASS} + ', which the volume has, or be ' : '') + ` +
        "'left out: no volume can change its class'",
    },
  ],
];

const beginning: Rule[] = [
  [
    "!has(self.spec.restore) || !has(self.spec.initialHits) || self.spec.initialHits == 0",
    "spec.initialHits must be 0 or left out where spec.restore is there: a count begins from one of the two",
  ],
  [
    "!has(self.spec.restore) || self.spec.redis.replicas == 1",
    "spec.restore must be left out where spec.redis.replicas is 3: a backup can't be taken up on three nodes at once. " +
      "Begin from it with 1, and ask for 3 when the count is back",
  ],
];

/** Rules that see more than one part of a HitCounter, and so stand at its root. */
export const rootRules = [...naming, ...secrets, ...volume, ...beginning];
