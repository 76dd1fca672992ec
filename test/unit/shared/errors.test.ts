import { describe, expect, it } from '@jest/globals'
import * as errors from '../../../shared/errors.ts'

describe('an error', () => {
  const classes = Object.entries(errors).filter(([, { prototype }]) => prototype instanceof Error)

  it.each(classes.filter(([name]) => name !== 'OrderSystemError'))(
    'of the class %s says its name where classes have none, as in a bundle',
    (name, Class) => {
      const error = Reflect.construct(Class, ['message'])

      expect(Object.hasOwn(error, 'name') && error.name).toBe(name)
    },
  )
})
