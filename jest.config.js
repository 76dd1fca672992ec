const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  // Node's own type stripping, so that tests run what `node` and Lambda run.
  transform: { '\\.ts$': '<rootDir>/test/helpers/stripTypes.js' },
  extensionsToTreatAsEsm: ['.ts'],
  modulePathIgnorePatterns: ['<rootDir>/\\.local/', '<rootDir>/\\.serverless/'],
})

export default {
  projects: [
    project('unit', ['<rootDir>/test/unit/**/*.test.ts', '<rootDir>/plugins/*/test/unit/**/*.test.ts']),
    {
      ...project('integration', [
        '<rootDir>/test/integration/**/*.test.ts',
        '<rootDir>/plugins/*/test/integration/**/*.test.ts',
        '<rootDir>/plugins/*/test/conformance/**/*.test.ts',
      ]),
      globalSetup: '<rootDir>/test/helpers/sharedBroker.setup.ts',
      globalTeardown: '<rootDir>/test/helpers/sharedBroker.teardown.ts',
    },
    project('e2e', ['<rootDir>/test/e2e/**/*.test.ts']),
    {
      // Needs Python (npm run test:deploy:setup), so `npm test` leaves it out.
      ...project('deploy', ['<rootDir>/test/deploy/**/*.test.ts']),
      globalSetup: '<rootDir>/test/deploy/globalSetup.ts',
      globalTeardown: '<rootDir>/test/deploy/globalTeardown.ts',
    },
  ],
  // A broker start or a rebalance on a busy machine takes its time; no test waits for a fixed one.
  testTimeout: 60_000,
}
