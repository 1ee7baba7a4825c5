import { describe, expect, it } from "@jest/globals";
import { addressOf, hostAndPort } from "./address.ts";

describe("an address", () => {
  it.each([
    ["10.1.2.3:6379", "10.1.2.3", 6379],
    ["[fd00::3]:6379", "fd00::3", 6379],
  ])("%s is taken apart and put together", (address, host, port) => {
    expect(hostAndPort(address)).toEqual({ host, port });
    expect(addressOf(host, port)).toBe(address);
  });

  it.each(["10.1.2.3", "fd00::3:6379", "", ":6379"])("%p is none", (address) => {
    expect(() => hostAndPort(address)).toThrow("is no address with a port");
  });
});
