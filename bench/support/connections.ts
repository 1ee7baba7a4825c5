import { readdir, readFile, readlink } from "node:fs/promises";

const ESTABLISHED = "01";

/** Inodes of a process's established TCP connections to a port, from /proc; each connection has one of its own. */
export async function connectionsOf(pid: number, port: number): Promise<string[]> {
  const [tcp, tcp6, sockets] = await Promise.all([
    readFile(`/proc/${pid}/net/tcp`, "utf8"),
    readFile(`/proc/${pid}/net/tcp6`, "utf8").catch(() => ""),
    socketsOf(pid),
  ]);
  return [...inodesTo(tcp, port), ...inodesTo(tcp6, port)].filter((inode) => sockets.has(inode));
}

/** Inodes of the established connections in /proc/net/tcp that lead to a port. */
export function inodesTo(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote?.endsWith(wanted) && state === ESTABLISHED)
    .map((fields) => fields[9] ?? "");
}

async function socketsOf(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all(
    // One that is closed meanwhile has no link any more.
    (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => "")),
  );
  return new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ""));
}
