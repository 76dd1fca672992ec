/**
 * Names that are no parameters, each with the one that was probably meant; empty when all are known.
 * @param given as in `--param name=value`, and as in a stage of parameters.yml
 */
export function unknownParameters(given: readonly string[], known: readonly string[]): string[] {
  return given
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = known.find((other) => other.toLowerCase() === name.toLowerCase())
      return `${name}: is no parameter${meant ? `; ${meant} is` : ', see resources/parameters.yml'}`
    })
}

/** The names in the values of `--param`. */
export const namesOf = (values: readonly string[]): string[] =>
  values.map((value) => value.split('=')[0] as string)
