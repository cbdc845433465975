metadata description = 'Rights on Slipway\'s own resources: the function app\'s identity, and CI on one queue.'

@description('Name of the storage account.')
param storageAccountName string

@description('Name of the Application Insights component.')
param componentName string

@description('Object id of the function app\'s identity.')
param principalId string

@description('Object id of CI\'s principal, or empty.')
param ciPrincipalId string

@description('What kind of principal CI is.')
param ciPrincipalType string

// Built-in roles of azure.md 4.4 and 6.
var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var storageQueueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var storageQueueDataMessageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'

// Blobs: the host's locks, keys and timer state, and the deployed package. Queues: triggers, ticks and
// poison queues. Tables: the host's diagnostics and Slipway's store. The host and Slipway are one
// process with one identity, so these three serve both.
var storageRoles = [storageBlobDataOwner, storageQueueDataContributor, storageTableDataContributor]

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName

  resource queueService 'queueServices' existing = {
    name: 'default'

    resource releases 'queues' existing = {
      name: 'releases'
    }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

// The principal is part of each name: an assignment's principal can not be changed, so an identity that
// was made again needs assignments of its own.
resource hostOnStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in storageRoles: {
    name: guid(account.id, principalId, role)
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource hostOnTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, principalId, monitoringMetricsPublisher)
  scope: component
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource ciOnReleases 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(ciPrincipalId)) {
  name: guid(account::queueService::releases.id, ciPrincipalId, storageQueueDataMessageSender)
  scope: account::queueService::releases
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageQueueDataMessageSender)
    principalId: ciPrincipalId
    principalType: ciPrincipalType
  }
}
