import { removeAbandonedFolders, temporaryFolder } from '../helpers/broker.ts'
import { upToDate } from './pythonEnvironment.ts'

/** Jest's globalSetup: no check without its tools, and one folder for what the tests package. */
export default function prepareDeployChecks(): void {
  if (!upToDate()) {
    throw new Error('The tools of the deployment checks are not installed. Run: npm run test:deploy:setup')
  }
  removeAbandonedFolders()
  process.env.DEPLOY_PACKAGES = temporaryFolder()
}
