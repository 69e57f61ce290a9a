import type { Clients } from "../../aws/clients.ts";
import { readTaskDefinition } from "../../aws/task-definition.ts";
import type { MeasuredVersion } from "../../core/metric-source.ts";
import type { Subject } from "../../core/moves.ts";
import { imageTag } from "../../core/plan.ts";
import { shortArn } from "../../core/situation.ts";

/** Resolves what queries may name a version by. The image's tag takes a call, made once a task definition, where a query has it. */
export class Versions {
  readonly #clients: Clients;
  readonly #imageContainer: string;
  readonly #needsTag: boolean;
  readonly #tags = new Map<string, string>();

  constructor(
    clients: Clients,
    { imageContainer, spec }: { readonly imageContainer: string; readonly spec: { readonly gates: unknown } },
  ) {
    this.#clients = clients;
    this.#imageContainer = imageContainer;
    this.#needsTag = JSON.stringify(spec.gates).includes("${version}");
  }

  async of({ groupArn, taskSetId, taskDefinitionArn }: Subject): Promise<MeasuredVersion> {
    const targetGroup = groupArn.slice(groupArn.lastIndexOf(":") + 1);
    const version = this.#needsTag ? await this.#tagOf(taskDefinitionArn) : undefined;
    return {
      groupArn,
      values: {
        "target-group": targetGroup,
        "target-group-name": targetGroup.split("/")[1] ?? targetGroup,
        "task-set": taskSetId,
        "task-definition": shortArn(taskDefinitionArn),
        ...(version ? { version } : {}),
      },
    };
  }

  async #tagOf(taskDefinitionArn: string): Promise<string> {
    const known = this.#tags.get(taskDefinitionArn);
    if (known !== undefined) return known;
    const { definition } = await readTaskDefinition(this.#clients, taskDefinitionArn);
    const container = definition.containerDefinitions?.find(({ name }) => name === this.#imageContainer);
    const tag = imageTag(container?.image ?? "");
    this.#tags.set(taskDefinitionArn, tag);
    return tag;
  }
}
