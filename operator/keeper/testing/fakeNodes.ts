import type { NodeLink } from "../redis/nodeLink.ts";
import { type Answer, type Group, NOWHERE, type Term } from "../types.ts";

/** What a node of the tests has and does; its data comes to those that follow it at once. */
interface FakeNode {
  term: Term | undefined;
  pos: number;
  fence: number;
  hasData: boolean;
  /** Whom it follows; undefined for one that takes writes. */
  primary: string | undefined;
  isAway: boolean;
}

/** Three nodes in memory, named a, b and c, which do as told. */
export interface FakeNodes {
  readonly group: Group;
  readonly nodes: Record<string, FakeNode>;
  /** Whether each refuses to lead, whatever it has promised. */
  refusesToLead: boolean;
  /** Waited for before a node answers a look. */
  beforeLook: (name: string) => Promise<void>;
  /** What was said, such as `fence b`, in order. */
  readonly said: string[];
  /** Connects to a node by its address. */
  linkTo(address: string): NodeLink;
  /** How many connections are not closed. */
  connections(): number;
  /** Calls back for every connection to this node, as one that came about or was lost does. */
  changed(name: string): void;
  /** Notes who wants to be called back. */
  onChange(name: string, callback: () => void): void;
}

const SILENT = { kind: "silent" } as const;

/** Starts them, empty. */
export function fakeNodes(initialised: boolean): FakeNodes {
  const names = ["a", "b", "c"];
  const addressOf = (name: string) => `${name}:6379`;
  const nodes: Record<string, FakeNode> = Object.fromEntries(
    names.map((name) => [
      name,
      { term: undefined, pos: 0, fence: 0, hasData: false, primary: NOWHERE, isAway: false },
    ]),
  );
  const said: string[] = [];
  const callbacks = new Map<string, () => void>();
  let connections = 0;

  const at = (address: string) => nodes[address.replace(":6379", "")];
  const lookAt = (address: string): Answer | typeof SILENT => {
    const node = at(address);
    if (node === undefined || node.isAway) return SILENT;
    const source = node.primary === undefined ? undefined : at(node.primary);
    const up = source !== undefined && !source.isAway && source.primary === undefined;
    if (up) Object.assign(node, { term: source.term, pos: source.pos, fence: source.fence, hasData: true });
    const { term, pos, fence, hasData, primary } = node;
    const following = Object.entries(nodes).filter(
      ([, { primary: of, isAway }]) => of === address && !isAway,
    );
    return {
      kind: "answered",
      ...{ term, pos, fence, hasData },
      link: primary === undefined ? undefined : { primary, up, heardSecondsAgo: up ? 0 : undefined },
      followers: following.map(([each]) => ({ address: addressOf(each), online: true, lagSeconds: 0 })),
      rewriting: false,
    };
  };
  const linkTo = (address: string): NodeLink => {
    connections += 1;
    const name = address.replace(":6379", "");
    const say = async <T>(what: string, act: (node: FakeNode) => T): Promise<T | typeof SILENT> => {
      said.push(`${what} ${name}`);
      const node = at(address);
      return node === undefined || node.isAway ? SILENT : act(node);
    };
    const done = { kind: "done" } as const;
    const declined = ({ fence }: FakeNode) => ({ kind: "declined", fence }) as const;
    const follow = (primary: string, isFit: (node: FakeNode) => boolean) => (node: FakeNode) => {
      if (!isFit(node)) return declined(node);
      node.primary = primary;
      return done;
    };
    return {
      look: async () => {
        said.push(`look ${name}`);
        await fake.beforeLook(name);
        return lookAt(address);
      },
      fence: (ballot) =>
        say("fence", (node) => {
          if (node.fence >= ballot) return { kind: "outbid", fence: node.fence };
          Object.assign(node, { fence: ballot, primary: NOWHERE });
          const { term, pos, hasData } = node;
          return { kind: "fenced", term, pos, fence: ballot, hasData };
        }),
      promote: (term) =>
        say("promote", (node) => {
          if (fake.refusesToLead || node.fence !== term.number) return declined(node);
          Object.assign(node, { term, primary: undefined, hasData: true });
          return done;
        }),
      follow: (term, primary) =>
        say(
          "follow",
          follow(primary, (node) => node.term !== undefined && node.fence <= term.number),
        ),
      admit: (term, primary) =>
        say(
          "admit",
          follow(primary, (node) => node.fence === term.number),
        ),
      confirmInSync: () => say("confirmInSync", () => done),
      leadNoMore: (_term, mark) =>
        say("leadNoMore", (node) => {
          node.fence = mark;
          return done;
        }),
      close: () => {
        connections -= 1;
      },
    };
  };
  const fake: FakeNodes = {
    group: {
      nodes: names.map((name) => ({ name, id: `${name} 1`, address: addressOf(name) })),
      initialised,
      tooFewNodes: false,
      leaving: undefined,
    },
    nodes,
    said,
    linkTo,
    connections: () => connections,
    changed: (name) => callbacks.get(name)?.(),
    onChange: (name, callback) => void callbacks.set(name, callback),
    refusesToLead: false,
    beforeLook: async () => {},
  };
  return fake;
}
