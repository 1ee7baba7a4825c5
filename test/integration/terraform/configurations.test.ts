import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { terminalProgress } from "../../../cluster/progress.ts";
import { run } from "../../../cluster/shell.ts";
import { typesInUse } from "../../../tools/terraformSchemas/typesInUse.ts";
import { ensureProgram } from "../../support/goPrograms.ts";
import { SCHEMAS } from "../../support/terraform/providerMirror.ts";
import { mistakesIn, needsOf, type TestResults, testResultsIn } from "../../support/terraform/readings.ts";
import { makeWorkspace, type Root, roots, type Workspace } from "../../support/terraform/workspace.ts";

// The real Terraform holds terraform/ against the providers' real schemas, and plans and applies it with providers that
// pretend. What only an API could say is beyond this: docs/reference/what-was-run.md tells what was never run.

let workspace: Workspace;

const results = new Map<Root, Promise<TestResults>>();

/** What came of the tests of one of the roots, which are run once. */
function tested(root: Root): Promise<TestResults> {
  const known = results.get(root);
  if (known) return known;
  const result = workspace
    .terraform(root, "test", "-json", "-verbose")
    .then(({ stdout }) => testResultsIn(stdout));
  results.set(root, result);
  return result;
}

beforeAll(async () => {
  workspace = await makeWorkspace();
}, 1_800_000);

afterAll(() => workspace.remove());

describe("the schemas", () => {
  it("have every type that is in use, and no other: else run `npm run terraform:schemas`", async () => {
    const names = await readdir(SCHEMAS);
    const texts = await Promise.all(names.map((name) => readFile(join(SCHEMAS, name), "utf8")));
    const known = texts.flatMap((text) => {
      const { provider_schemas } = JSON.parse(text) as { provider_schemas: Record<string, SchemaKinds> };
      return Object.values(provider_schemas).flatMap(({ resource_schemas, data_source_schemas }) => [
        ...Object.keys(resource_schemas),
        ...Object.keys(data_source_schemas).map((type) => `data.${type}`),
      ]);
    });

    expect(known.sort()).toEqual(await typesInUse(workspace.path("terraform")));
  });
});

interface SchemaKinds {
  resource_schemas: object;
  data_source_schemas: object;
}

describe("terraform/", () => {
  it("is formatted as `terraform fmt` does it", async () => {
    const { stdout } = await workspace.terraform("eks", "fmt", "-check", "-recursive", "-diff", "..");

    expect(stdout).toBe("");
  });

  it.each(roots)("%s is valid", async (root) => {
    const { stdout } = await workspace.terraform(root, "validate", "-json");

    expect(mistakesIn(stdout)).toEqual([]);
  });

  it.each(roots)("%s passes its tests", async (root) => {
    const { passed, failed, errors } = await tested(root);

    expect({ failed, errors }).toEqual({ failed: [], errors: [] });
    expect(passed.length).toBeGreaterThan(2);
  });

  it("hitcounter manages two things, neither of them the data's namespace, and changes nothing again", async () => {
    const { plans } = await tested("hitcounter");

    expect(plans.again?.map(({ address, change }) => [address, change.actions])).toEqual([
      ["helm_release.hitcounter", ["no-op"]],
      ["kubernetes_namespace_v1.operator", ["no-op"]],
    ]);
  });

  it("destroys the release first, while all that it needs to end well is there", async () => {
    const { stdout } = await workspace.terraform("eks", "graph");
    const needs = needsOf(stdout);

    expect([...needs("module.hitcounter.helm_release.hitcounter")]).toEqual(
      expect.arrayContaining([
        "module.hitcounter.kubernetes_namespace_v1.operator",
        "kubernetes_storage_class_v1.encrypted",
        "aws_eks_cluster.this",
        "aws_iam_role_policy_attachment.cluster",
        "aws_iam_role_policy_attachment.node",
        "aws_route.nat",
        "aws_route.internet",
        "aws_route_table_association.private",
        "aws_route_table_association.public",
        "aws_nat_gateway.this",
        "aws_internet_gateway.this",
        "aws_subnet.public",
        "aws_vpc.this",
      ]),
    );
  });
});

describe("the chart", () => {
  it.each(["hitcounter", "eks"] as const)("takes what terraform/%s hands it", async (root) => {
    const helm = await ensureProgram("helm", terminalProgress());
    const handed = new Set(await valuesIn(root));
    const file = workspace.path("values.yaml");

    expect(handed.size).toBeGreaterThan(0);
    for (const values of handed) {
      await writeFile(file, values);
      // Its schema refuses what it does not know, by name.
      const chart = workspace.path("charts/hitcounter");
      const manifests = await run(helm, ["template", "hitcounter", chart, "--values", file]);

      expect(manifests).toContain("kind: HitCounter\n");
    }
  });

  it("makes of terraform/eks the HitCounter that samples/hitcounter-eks.yaml has", async () => {
    const [values = ""] = await valuesIn("eks");
    const { hitcounter } = parse(values) as { hitcounter: { spec: object } };

    expect(hitcounter.spec).toEqual(parse(await readFile("samples/hitcounter-eks.yaml", "utf8")).spec);
  });
});

/** Every text of values that the planned releases of one of the roots have. */
async function valuesIn(root: Root): Promise<string[]> {
  const { plans } = await tested(root);
  return Object.values(plans)
    .flat()
    .filter(({ address, change }) => address.endsWith("helm_release.hitcounter") && change.after.values)
    .map(({ change }) => (change.after.values as string[])[0] ?? "");
}
