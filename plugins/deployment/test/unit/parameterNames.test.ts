import { expect, it } from '@jest/globals'
import { namesOf, unknownParameters } from '../../parameterNames.ts'

const KNOWN = ['deletionPolicy', 'authorizer']

it('a parameter that nobody knows is told, with the one that was meant', () => {
  const given = namesOf(['deletionpolicy=Retain', 'authorizer=iam', 'nonsense=a=b'])

  expect(unknownParameters(given, KNOWN)).toEqual([
    'deletionpolicy: is no parameter; deletionPolicy is',
    'nonsense: is no parameter, see resources/parameters.yml',
  ])
})
