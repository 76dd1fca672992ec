import { expect, it } from '@jest/globals'
import { parseJavaVersion } from '../../src/java.ts'

it.each([
  ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['java version "1.8.0_292"\nJava(TM) SE Runtime Environment', 8],
  ['openjdk version "26-ea" 2026-03-17', 26],
  ['Picked up JAVA_TOOL_OPTIONS: -Dversion=3\nopenjdk version "17.0.1" 2021-10-19', 17],
  ['The operation could not be completed. Unable to locate a Java Runtime.', undefined],
  ['', undefined],
])('reads the major version of %j', (output, version) => {
  expect(parseJavaVersion(output)).toBe(version)
})
