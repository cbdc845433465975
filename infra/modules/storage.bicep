metadata description = 'The storage account: the host\'s own blobs, the deployed package, Slipway\'s queues and tables. No shared keys.'

@minLength(3)
@maxLength(24)
@description('Name of the storage account.')
param name string

@description('Region.')
param location string

@description('Tags of the account.')
param tags { *: string }

@description('Redundancy.')
param sku string

// What the code names (design sections 4 and 5). The poison queues are made here too: the host would
// make them only at the first poison message, and their triggers watch them from the start.
var releasesQueueName = 'releases'
var queueNames = [releasesQueueName, 'releases-poison', 'ticks', 'ticks-poison', 'probes', 'probes-poison']
var tableNames = ['releases', 'due', 'catalog', 'apps']
var deploymentContainerName = 'deployment'

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource deploymentContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobService
  name: deploymentContainerName
  properties: {
    publicAccess: 'None'
  }
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queueName in queueNames: {
    parent: queueService
    name: queueName
  }
]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' = [
  for tableName in tableNames: {
    parent: tableService
    name: tableName
  }
]

@description('URL of the container that holds the deployed package.')
output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}${deploymentContainer.name}'

@description('URL of the queue to which CI sends.')
output releasesQueueUrl string = '${account.properties.primaryEndpoints.queue}${releasesQueueName}'
