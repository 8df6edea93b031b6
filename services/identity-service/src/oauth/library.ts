// biome-ignore lint/suspicious/noConsole: the library prints by it, and what it prints is what this is about
const warn = console.warn

/**
 * oidc-provider knows the Node releases of its day and prints a notice at its import on any other. The project brings its own Node and tries the library
 * on it with every test, so that one line is left out; whatever else it has to say is printed.
 */
console.warn = (...words: unknown[]): void => {
  if (!String(words[0]).includes('Unsupported runtime')) warn(...words)
}

const library = await import('oidc-provider').finally(() => {
  console.warn = warn
})

export const { errors, interactionPolicy, Provider } = library
