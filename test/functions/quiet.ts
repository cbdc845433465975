// Import this first: without a host the library warns at every registration (azure.md 4.2).
const { warn } = console;
console.warn = (...line: unknown[]): void => {
  if (!/in test mode|to test mode/.test(String(line[0]))) warn(...line);
};
