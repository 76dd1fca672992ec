/**
 * Stands in a bundle for packages that no invocation in Lambda uses. The SDK's chain of credential providers goes on to its
 * next one.
 */
const absent = () => async (): Promise<never> => {
  throw Object.assign(new Error('not part of the bundle'), { tryNextLink: true })
}

export { absent as fromIni, absent as fromProcess, absent as fromSSO, absent as fromTokenFile }
