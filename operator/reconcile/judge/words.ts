/** What went wrong as a sentence. */
export const sentence = (message: string) =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;

/** Several as a paragraph, each told once. */
export const sentences = (all: readonly { readonly message: string }[]) =>
  [...new Set(all.map(({ message }) => sentence(message)))].join(" ");
