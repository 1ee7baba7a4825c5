/** A container engine that can run and build: Docker or Podman. */
export interface Engine {
  name: "docker" | "podman";
  /** The program to call. */
  command: string;
  /** Environment its calls, and kind's, need (CONTAINERS_CONF, KIND_EXPERIMENTAL_PROVIDER). */
  env: Record<string, string>;
}
