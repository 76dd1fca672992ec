import { expect, it } from '@jest/globals'
import { readOptions } from '../../../doctor/options.ts'

it('looks at stage and region of a plain deployment, unless told otherwise', () => {
  expect(readOptions([])).toEqual({ stage: 'dev', region: 'us-east-1', local: false, ports: {} })
  expect(readOptions(['--stage', 'prod', '--region=eu-central-1', '--local', '--httpPort', '4000'])).toEqual({
    stage: 'prod',
    region: 'eu-central-1',
    local: true,
    ports: { httpPort: '4000' },
  })
})

it('refuses an option that it does not know', () => {
  expect(() => readOptions(['--stgae', 'prod'])).toThrow("Unknown option '--stgae'")
})

it.each(['--stage=', '--region=', '--httpPort='])('refuses %s, which names nothing', (option) => {
  expect(() => readOptions([option])).toThrow(`${option.slice(0, -1)} is empty.`)
})
