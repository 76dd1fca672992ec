import { describe, expect, it } from '@jest/globals'
import { placeOfSearch, reasonOfSearch } from '../../../doctor/account/credentialSearch.ts'

const step = (name: string) => `@aws-sdk/credential-provider-node - defaultProvider::${name}`
const reason = (text: string) => `@smithy/property-provider -> ${text}`
const NONE = 'Could not load credentials from any providers'

describe('a search for credentials that ended without', () => {
  it('has no reason where nothing is set up', () => {
    const said = [
      reason('Unable to find environment variable credentials.'),
      reason('Could not resolve credentials using profile: [default] in configuration/credentials file(s).'),
      reason('Profile default could not be found in shared credentials file.'),
      reason('EC2 Instance Metadata Service access disabled'),
    ]

    expect(reasonOfSearch(said, NONE)).toBeUndefined()
  })

  it('has that of the provider that was meant, not of those that were asked in vain', () => {
    const wanted =
      'Could not resolve credentials using profile: [nonesuch] in configuration/credentials file(s).'
    const said = [
      reason('AWS_PROFILE is set, skipping fromEnv provider.'),
      reason(wanted),
      reason('Profile nonesuch could not be found in shared credentials file.'),
    ]

    expect(reasonOfSearch(said, NONE)).toBe(wanted)
  })

  it('has the one that ended it, if the provider told it nobody else', () => {
    expect(reasonOfSearch([], "ENOENT: no such file or directory, open '/token'")).toMatch(/^ENOENT/)
  })
})

describe('a search for credentials that goes on is at', () => {
  it.each([
    ['the profile p (AWS_PROFILE)', 'fromIni', { AWS_PROFILE: 'p' }],
    ['the profile default', 'fromProcess', {}],
    ['AWS STS, for the token in /token', 'fromTokenFile', { AWS_WEB_IDENTITY_TOKEN_FILE: '/token' }],
    [
      'http://127.0.0.1/x (AWS_CONTAINER_CREDENTIALS_FULL_URI)',
      'remoteProvider',
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1/x' },
    ],
    ['the metadata of an EC2 instance', 'remoteProvider', {}],
  ])('%s', (place, name, env) => {
    expect(placeOfSearch([step('fromEnv'), step(name)], env)).toBe(place)
  })
})
