import { setUpPython } from '../helpers/setUpPython.ts'
import { environment } from './pythonEnvironment.ts'

setUpPython(environment, 'test:deploy')
