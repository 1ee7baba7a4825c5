import { requestHeaders } from "./contract.ts";

/** What a GET of `/` is, byte for byte, as nginx sends it: these, with an address and an id between them. */
const START = `GET / HTTP/1.1\r\n${requestHeaders.address}: `;
const BEFORE_ID = `\r\n${requestHeaders.id}: `;
const END = "\r\nHost: counter\r\n\r\n";

const ID_LENGTH = 32;
const SHORTEST = START.length + "::".length + BEFORE_ID.length + ID_LENGTH + END.length;
const LONGEST = SHORTEST + 43;
const NOT_ADDRESS = /[^0-9a-f.:]/;
const NOT_ID = /[^0-9a-f]/;

/** What there is to know of a request that was recognised. */
export interface Recognised {
  readonly id: string;
  /** The client's, by nginx's word. */
  readonly address: string;
}

/** Who and which the request is that these bytes are, if they are exactly one, and such a one as nginx sends. */
export function recognise(bytes: Buffer): Recognised | undefined {
  if (bytes.length < SHORTEST || bytes.length > LONGEST) {
    return undefined;
  }
  const text = bytes.toString("latin1");
  const idAt = text.length - END.length - ID_LENGTH;
  const addressEnd = idAt - BEFORE_ID.length;
  const address = text.slice(START.length, addressEnd);
  const id = text.slice(idAt, idAt + ID_LENGTH);
  const isOne =
    text.startsWith(START) &&
    text.startsWith(BEFORE_ID, addressEnd) &&
    text.endsWith(END) &&
    !NOT_ADDRESS.test(address) &&
    !NOT_ID.test(id);
  return isOne ? { id, address } : undefined;
}
