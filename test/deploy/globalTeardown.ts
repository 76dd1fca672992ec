import { removeOwnFolders } from '../helpers/broker.ts'

/** Jest's globalTeardown. */
export default function removePackages(): void {
  removeOwnFolders()
}
