import type { NodeLink } from "../../operator/keeper/redis/nodeLink.ts";
import type { TestNode } from "./threeNodes.ts";

/** A message of a change of view. */
export type Message = "fence" | "promote" | "follow" | "admit";

/** A message to a node, before it is sent or after it is answered; it goes on when what `reached` returns has come about. */
export type Reached = (message: Message, node: TestNode, side: "before" | "after") => Promise<void>;

/** A link on which each message of a change of view is told of before and after. */
export function toldOf(link: NodeLink, node: TestNode, reached: Reached): NodeLink {
  const told = async <T>(message: Message, say: () => Promise<T>): Promise<T> => {
    await reached(message, node, "before");
    const answer = await say();
    await reached(message, node, "after");
    return answer;
  };
  return {
    ...link,
    fence: (...each) => told("fence", () => link.fence(...each)),
    promote: (...each) => told("promote", () => link.promote(...each)),
    follow: (...each) => told("follow", () => link.follow(...each)),
    admit: (...each) => told("admit", () => link.admit(...each)),
  };
}
