import type { CloudFormationClientConfig, DescribeStacksOutput, Output } from '@aws-sdk/client-cloudformation'

/** The ways to AWS of a provider: osls has the first, version 4 of the Serverless Framework the second. */
export interface AwsAccess {
  getAwsSdkV3Config?(): Promise<CloudFormationClientConfig> | CloudFormationClientConfig
  request?(service: string, method: string, parameters: object): Promise<DescribeStacksOutput>
}

/** The outputs of a stack; none when there is no such stack yet. */
export async function outputsOf(stackName: string, provider: AwsAccess): Promise<Output[]> {
  try {
    const { Stacks } = await describe({ StackName: stackName }, provider)
    return Stacks?.[0]?.Outputs ?? []
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return []
    throw error
  }
}

async function describe(
  parameters: { StackName: string },
  provider: AwsAccess,
): Promise<DescribeStacksOutput> {
  if (!provider.getAwsSdkV3Config && provider.request) {
    return provider.request('CloudFormation', 'describeStacks', parameters)
  }
  // Not above: every command of Serverless loads this file.
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient((await provider.getAwsSdkV3Config?.()) ?? {})
  try {
    return await client.send(new DescribeStacksCommand(parameters))
  } finally {
    client.destroy()
  }
}
