// The resource files that stack.cjs has chosen. Serverless calls this for ${file(resources/index.cjs)}.
module.exports = async ({ resolveConfigurationProperty, resolveVariable }) => {
  const { files } = await resolveConfigurationProperty(['custom', 'stack'])
  return Promise.all(files.map((file) => resolveVariable(`file(resources/${file}.yml)`)))
}
