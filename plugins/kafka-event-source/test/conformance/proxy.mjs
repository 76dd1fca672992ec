// The handler of every function under test: asks the test what to do, and does it.
export const handler = async (event, context) => {
  const response = await fetch(`${process.env.TEST_URL}/${process.env.TEST_FUNCTION}`, {
    method: 'POST',
    body: JSON.stringify({ event, requestId: context.awsRequestId }),
  })
  const { answer, error, thrown } = await response.json()
  if (error !== undefined) throw Object.assign(new Error(error.message), { name: error.name })
  if (thrown !== undefined) throw thrown
  return answer
}
