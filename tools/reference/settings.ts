import { z } from "zod";
import { environment as ofCounter } from "../../counter/config.ts";
import { environment as ofOperator } from "../../operator/config.ts";
import { code, page, table } from "./page.ts";

/** As much of a variable's JSON Schema as a row tells. */
interface Variable {
  readonly description?: string;
  readonly enum?: readonly string[];
  /** What is taken, where a schema of text can't say it. */
  readonly values?: string;
}

/** docs/reference/settings.md: what the two programs read from their environment. */
export const settingsPage = () =>
  page(
    "Settings",
    "`operator/config.ts` and `counter/config.ts`",
    "The operator and the counter read their settings from the environment, once, at their start. An empty variable is\n" +
      "one that is not set. A bad value stops the start and names the variable.",
    "What a HitCounter can be told is not here but in its spec: [api.md](api.md). The values of the Helm chart stand in\n" +
      "[chart.md](chart.md), the variables of Compose in [compose.md](../how-to/compose.md).",
    "## Settings of the operator",
    variables(ofOperator),
    "## Settings of the counter",
    "The operator sets what its counters need. Who runs a counter without it sets these.",
    variables(ofCounter),
  );

function variables(environment: z.ZodObject): string {
  const { properties = {} } = z.toJSONSchema(environment, { io: "input" }) as {
    properties?: Record<string, Variable>;
  };
  // The schema of what is turned into a number has no default any more: what comes of nothing has.
  const defaults = environment.parse({});
  return table(
    ["Variable", "Default", "Values", "Meaning"],
    Object.entries(properties).map(([name, variable]) => {
      if (!variable.description) throw new Error(`${name} needs a sentence: .describe(…) in its config.ts`);
      const value = String(defaults[name] ?? "");
      return [code(name), value && code(value), valuesOf(variable), variable.description];
    }),
  );
}

const valuesOf = ({ values, enum: either }: Variable) => values ?? either?.map(code).join(", ") ?? "text";
