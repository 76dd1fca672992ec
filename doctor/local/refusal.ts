import { LocalServicesError } from '../../plugins/local-services/src/errors.ts'
import { broken, type Finding } from '../finding.ts'

/**
 * The finding for what `npm start` would refuse: the first sentence of its message says what is wrong, the rest how to mend it.
 * @throws anything else
 */
export function refusal(subject: string, error: unknown, cure = 'Set it right, or unset it.'): Finding {
  if (!(error instanceof LocalServicesError)) throw error
  const [message = '', ...rest] = error.message.split(/(?<=\.)\s+(?=[A-Z])/)
  return broken(subject, message, rest.join(' ') || cure)
}
