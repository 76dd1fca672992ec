/** Authentication to Kafka, from the environment to KafkaJS's options: one for the functions, the plugins and the scripts. */
export { type Authentication, type ConnectionSecurity, openAuthentication } from './authentication.ts'
export { AuthenticationFailure, AuthenticationLate, AuthenticationSettingsError } from './errors.ts'
export { plaintextPort } from './plaintextPort.ts'
export { refusal } from './refusal.ts'
export {
  AUTHENTICATION_METHODS,
  AUTHENTICATION_VARIABLES,
  type AuthenticationSettings,
  readAuthentication,
} from './settings.ts'
