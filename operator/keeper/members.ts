import type { Clock } from "./clock.ts";
import type { NodeLink } from "./redis/nodeLink.ts";
import type { Group, Node } from "./types.ts";

/** Looks up where a node is now; undefined where nothing is known. It may take its time, and may fail. */
export type Resolve = (node: Node) => Promise<string | undefined>;

/** Connects to a node with an address; `onChange` is told when the connection has come about, or is lost. */
export type Connect = (node: Node, address: string, onChange: () => void) => NodeLink;

/** The nodes of a group, and how they are spoken to. */
export interface Members {
  /** The group, with the addresses by which its nodes are spoken to. */
  group(): Group;
  linkOf(name: string): NodeLink | undefined;
  /** The group is to be this from now on; returns the names of nodes that are others now. */
  update(group: Group): readonly string[];
  /** Looks up, beside all else, where a node is that does not answer. */
  lookUp(name: string): void;
  close(): void;
}

/** What members need. */
export interface MembersOptions {
  readonly connect: Connect;
  readonly resolve: Resolve;
  readonly clock: Clock;
  /** Told that a node's connection has come about or is lost, or that it is looked for elsewhere now. */
  readonly onChange: (name: string) => void;
}

/** No node is looked up again before (ms). */
const LOOK_UP_MS = 2_000;

interface Member {
  node: Node;
  link: NodeLink | undefined;
  /** From when on it may be looked up. */
  lookUpAt: number;
}

/**
 * Speaks to each node at the last address that was known, and needs no look-up for that: what one finds while the node
 * does not answer is tried from then on.
 */
export function membersOf(first: Group, { connect, resolve, clock, onChange }: MembersOptions): Members {
  let wanted = first;
  let isClosed = false;
  const members = new Map<string, Member>();

  const connected = (node: Node): Member => ({
    node,
    link: node.address === undefined ? undefined : connect(node, node.address, () => onChange(node.name)),
    lookUpAt: clock.now(),
  });
  const replace = (node: Node) => {
    members.get(node.name)?.link?.close();
    members.set(node.name, connected(node));
  };
  const asSpokenTo = (): Group => ({
    ...wanted,
    nodes: wanted.nodes.map((node) => members.get(node.name)?.node ?? node),
  });
  first.nodes.forEach(replace);
  let current = asSpokenTo();

  return {
    group: () => current,
    linkOf: (name) => members.get(name)?.link,
    update(group) {
      const before = new Map(wanted.nodes.map((node) => [node.name, node]));
      wanted = group;
      const names = new Set(group.nodes.map(({ name }) => name));
      for (const [name, { link }] of members) {
        if (names.has(name)) continue;
        link?.close();
        members.delete(name);
      }
      const others = group.nodes.filter(({ name, id, address }) => {
        const was = before.get(name);
        return was?.id !== id || (was.address !== address && address !== undefined);
      });
      others.forEach(replace);
      current = asSpokenTo();
      return others.filter(({ name, id }) => before.get(name)?.id !== id).map(({ name }) => name);
    },
    lookUp(name) {
      const member = members.get(name);
      if (member === undefined || clock.now() < member.lookUpAt) return;
      member.lookUpAt = clock.now() + LOOK_UP_MS;
      void resolve(member.node).then(
        (address) => {
          const isSame = address === undefined || address === member.node.address;
          if (isClosed || isSame || members.get(name) !== member) return;
          replace({ ...member.node, address });
          current = asSpokenTo();
          onChange(name);
        },
        () => {}, // it is looked up again
      );
    },
    close() {
      isClosed = true;
      for (const { link } of members.values()) link?.close();
    },
  };
}
