/** Host and port of an address such as `10.1.2.3:6379` or `[fd00::3]:6379`. Throws where it is none. */
export function hostAndPort(address: string): { host: string; port: number } {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(address) ?? [];
  const host = six ?? four;
  if (host === undefined || port === undefined) throw new Error(`${address} is no address with a port`);
  return { host, port: Number(port) };
}

/** The address of a host and a port, with brackets where an IPv6 address needs them. */
export const addressOf = (host: string, port: string | number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
