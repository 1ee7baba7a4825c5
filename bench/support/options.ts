/** The whole number from 1 on that an option has; throws by its name where it is none. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`${option} ${text}: a whole number above 0 is expected`);
  return number;
}
