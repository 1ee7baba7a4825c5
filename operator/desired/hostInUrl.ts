/** A host as it stands before a port, in a URL too: an IPv6 address in brackets. */
export const hostInUrl = (host: string): string => (host.includes(":") ? `[${host}]` : host);
